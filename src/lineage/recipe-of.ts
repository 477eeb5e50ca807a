import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { HoldfastError } from '../errors'
import type { Revision } from '../nightly-state'
import { imagesFor } from '../plan/images-for'
import type { InputUris, Lineage } from './lineage'

/** Everything by which a run makes a model again. */
export interface Recipe {
  pipeline: ResolvedPipeline
  revision: Revision
  inputs: InputUris
  /** What may differ all the same. */
  warnings: string[]
}

/**
 * A pipeline that trains from exactly what a model was made from, all of it in S3: no file of the
 * machine where the first run was started is needed.
 *
 * @param options.publish whether what is made is published, through the gate as it was
 * @throws HoldfastError `E_NOT_REPRODUCIBLE` when its record lacks what is needed
 * @example
 * const { pipeline, inputs } = recipeOf({ lineage, region: 'eu-west-1' })
 */
export function recipeOf(options: { lineage: Lineage; region: string; publish?: boolean }): Recipe {
  const { lineage, region, publish = false } = options
  const { inputs, revision, name } = lineage
  const { codeUri } = inputs ?? {}
  if (!inputs || !revision || codeUri === undefined) {
    throw new HoldfastError({
      code: 'E_NOT_REPRODUCIBLE',
      what: `the record of ${name} does not say ${revision ? 'where its code and data are' : 'what it was made from'}: it was made by an earlier version of Holdfast`,
      where: name,
      hint: 'models published from now on can be made again',
    })
  }
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
  pinImage({ pipeline, recorded: lineage.images.training, region })
  return { pipeline, revision, inputs, warnings: warningsOf({ pipeline, lineage }) }
}

/** The table of images may have changed since: then the old one is named outright. */
function pinImage(options: {
  pipeline: ResolvedPipeline
  recorded: string | null
  region: string
}): void {
  const { pipeline, recorded, region } = options
  if (recorded !== null && imagesFor({ pipeline, region }).training !== recorded)
    pipeline.train.imageUri = recorded
}

function warningsOf(options: { pipeline: ResolvedPipeline; lineage: Lineage }): string[] {
  const { pipeline, lineage } = options
  const channels = Object.keys(pipeline.train.inputs)
  return [
    channels.length > 0
      ? `the channels ${channels.join(', ')} are taken as they are now: nobody keeps their contents`
      : '',
    pipeline.model?.kind === 'hub'
      ? `the script loads ${pipeline.model.id} from the Hub by itself: it gets revision ${lineage.baseModel.revision ?? ''} only if it asks for it`
      : '',
    lineage.images.training === null ? 'its image was not recorded: today’s is used' : '',
    lineage.images.training !== null && !lineage.images.training.includes('@sha256:')
      ? 'the image is named by a tag, which may have been moved since'
      : '',
  ].filter(Boolean)
}
