import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { HoldfastError } from '../errors'
import type { Revision } from '../nightly-state'
import { imagesFor } from '../plan/images-for'
import type { InputUris, Lineage } from './lineage'
import { relocateInputs } from './relocate-inputs'

/** Everything by which a run makes a model again. */
export interface Recipe {
  pipeline: ResolvedPipeline
  revision: Revision
  inputs: InputUris
  /** What may differ all the same. */
  warnings: string[]
}

/** Where a model is made again. */
export interface Here {
  region: string
  /** 12 digits. */
  account: string
}

/**
 * A pipeline that trains from exactly what a model was made from, all of it in S3: no file of the
 * machine where the first run was started is needed. In another account than the first run's, what is
 * made goes to that account's own bucket, under the role of its workers.
 *
 * @param options.inputsAt prefix under which the inputs lie now, if not where they were recorded
 * @param options.publish whether what is made is published, through the gate as it was
 * @throws HoldfastError `E_NOT_REPRODUCIBLE` when its record lacks what is needed
 * @example
 * const { pipeline, inputs } = recipeOf({ lineage, here: { region: 'eu-west-1', account } })
 */
export function recipeOf(options: {
  lineage: Lineage
  here: Here
  inputsAt?: string
  publish?: boolean
}): Recipe {
  const { lineage, here, publish = false } = options
  const { revision } = lineage
  const inputs = inputsOf(options)
  const { codeUri } = inputs
  if (!revision || codeUri === undefined) throw notReproducible(lineage)
  const pipeline: ResolvedPipeline = { ...lineage.pipeline, train: { ...lineage.pipeline.train } }
  // What was packed, cloned or joined then lies in the archive.
  Object.assign(pipeline.train, { sourceDir: codeUri, dependencies: [] })
  delete pipeline.train.gitConfig
  pipeline.evaluate = { ...pipeline.evaluate }
  delete pipeline.evaluate.entryPoint
  if (inputs.modelUri) pipeline.model = { kind: 'directory', path: inputs.modelUri }
  else if (pipeline.model?.kind === 'hub')
    pipeline.model = { ...pipeline.model, revision: revision.model }
  delete pipeline.feeds
  if (!publish) {
    delete pipeline.publish
    // It is compared with the model that it repeats, and with no other.
    const evaluate: typeof pipeline.evaluate & { gate?: unknown } = { ...pipeline.evaluate }
    delete evaluate.atLeast
    delete evaluate.gate
    pipeline.evaluate = evaluate
  }
  pinImage({ pipeline, lineage, here })
  const moved = settleElsewhere({ pipeline, lineage, here })
  return {
    pipeline,
    revision,
    inputs,
    warnings: [...moved, ...warningsOf({ pipeline, lineage, inputs })],
  }
}

/** Whose they are is said too: buckets of another account are read only if it is the recorded one. */
function inputsOf(options: { lineage: Lineage; here: Here; inputsAt?: string }): InputUris {
  const { lineage, here, inputsAt } = options
  const { inputs, site } = lineage
  if (inputs === null) throw notReproducible(lineage)
  if (inputsAt !== undefined) {
    if (site === null) throw notReproducible(lineage)
    // Named by the user, wherever that is.
    return { ...relocateInputs({ inputs, from: site.root, to: inputsAt }), account: null }
  }
  return site === null || site.account === here.account
    ? inputs
    : { ...inputs, account: site.account }
}

function notReproducible({ name, revision }: Lineage): HoldfastError {
  return new HoldfastError({
    code: 'E_NOT_REPRODUCIBLE',
    what: `the record of ${name} does not say ${revision ? 'where its code and data are' : 'what it was made from'}: it was made by an earlier version of Holdfast, which kept that in the manifest of the run (runs/<run>/manifest.json), and there is none beside it any more`,
    where: name,
    hint: 'models published from now on can be made again from their record alone',
  })
}

/**
 * The table of images may have changed since: then the old one is named outright. Elsewhere the same
 * image comes from that region's own registry.
 */
function pinImage(options: { pipeline: ResolvedPipeline; lineage: Lineage; here: Here }): void {
  const { pipeline, lineage, here } = options
  const recorded = lineage.images.training
  const region = lineage.site?.region ?? here.region
  if (recorded !== null && imagesFor({ pipeline, region }).training !== recorded)
    pipeline.train.imageUri = recorded
}

/** Another account has its own bucket and its own role. */
function settleElsewhere(options: {
  pipeline: ResolvedPipeline
  lineage: Lineage
  here: Here
}): string[] {
  const { pipeline, lineage, here } = options
  const { site } = lineage
  if (site === null || site.account === here.account) return []
  pipeline.storage = { prefix: pipeline.storage.prefix }
  delete pipeline.train.role
  if (pipeline.train.checkpointS3Uri !== null) delete pipeline.train.checkpointS3Uri
  const own = ['outputKmsKey', 'volumeKmsKey', 'subnets', 'securityGroupIds'].filter(
    (name) => pipeline.train.estimator[name] !== undefined,
  )
  return [
    `it was made in account ${site.account}: what is made now goes to the default bucket of ${here.account}, under the role of its workers`,
    own.length > 0 ? `${own.join(', ')} are those of account ${site.account}` : '',
  ].filter(Boolean)
}

function warningsOf(options: {
  pipeline: ResolvedPipeline
  lineage: Lineage
  inputs: InputUris
}): string[] {
  const { pipeline, lineage, inputs } = options
  const channels = Object.keys(pipeline.train.inputs)
  return [
    channels.length > 0
      ? `the channels ${channels.join(', ')} are taken as they are now: nobody keeps their contents`
      : '',
    pipeline.model?.kind === 'hub'
      ? `the script loads ${pipeline.model.id} from the Hub by itself: it gets revision ${lineage.baseModel.revision ?? ''} only if it asks for it`
      : '',
    inputs.ingredients === undefined
      ? 'its record is of an earlier version: hashes are taken from the names of what it was made from, and manifests as they are now'
      : '',
    lineage.images.training === null ? 'its image was not recorded: today’s is used' : '',
    lineage.images.training !== null && !lineage.images.training.includes('@sha256:')
      ? 'the image is named by a tag, which may have been moved since'
      : '',
  ].filter(Boolean)
}
