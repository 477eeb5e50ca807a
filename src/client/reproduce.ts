import { pricePipeline, withoutPrices } from '../prices/price-pipeline'
import { compareLineages, type MetricDifference } from '../lineage/compare'
import { accountOf } from '../aws/account'
import { createStorage } from '../aws/storage'
import { compareArchives, type ArchiveComparison } from '../lineage/compare-archives'
import type { Lineage } from '../lineage/lineage'
import { recipeOf } from '../lineage/recipe-of'
import { verifyInputs } from '../lineage/verify-inputs'
import { regionsNamedBy } from '../regions/in-region'
import { startAttributes } from '../search-attributes'
import { findLineage } from './find-lineage'
import { findModel } from './find-model'
import { idOf } from './id-of'
import { isManifestPlace, manifestLineage, modelLineage } from './read-lineage'
import { runHandle, type RunHandle } from './run-handle'
import type { Session } from './session'
import { startOnce } from './start-once'

export interface Reproduction extends RunHandle {
  /** False: it was under way already. */
  created: boolean
  /** As the model is called: `reviews@3`. */
  original: string
  /** What may differ although everything recorded is the same. */
  warnings: string[]
  /** Whether the run that has ended made the same model. */
  verdict(): Promise<ReproductionVerdict>
}

export interface ReproductionVerdict {
  weights: ArchiveComparison
  /** The original's first; of the same weights the scores should be equal too. */
  metrics: MetricDifference[]
}

export interface ReproduceOptions {
  /** Publish what is made, through the gate as it was. */
  publish?: boolean
  /** `s3://` prefix under which the inputs lie now, if not where they were recorded. */
  inputsAt?: string
}

/** Starts a run that makes a model again, from its record alone. */
export async function reproduce(
  options: ReproduceOptions & {
    /** `reviews`, `reviews@3`, or the manifest of a model: a file, or its `s3://` URI. */
    name: string
    session: Session
  },
): Promise<Reproduction> {
  const { session, name, ...wanted } = options
  const lineage = await recordOf({ name, session })
  const { s3, sts } = session.aws
  const here = { region: await s3.config.region(), account: await accountOf(sts)() }
  const recipe = recipeOf({ lineage, here, ...wanted })
  const { inputs, revision } = recipe
  // What is gone is refused before anything is started; the bytes are read by the run itself.
  const { account = here.account } = inputs
  const storage = createStorage({ s3, owner: account ?? undefined })
  const { unverified } = await verifyInputs({ storage, inputs, how: 'presence' })
  const warnings = [
    ...recipe.warnings,
    ...unverified.map((uri) => `${uri} is taken as it is now: nobody recorded its bytes`),
  ]
  const pipeline = pricePipeline({
    pipeline: recipe.pipeline,
    prices: await session.prices(regionsNamedBy(recipe.pipeline)),
  })
  const { id, created } = await startOnce({
    session,
    workflowType: 'pipeline',
    base: idOf(withoutPrices(pipeline)),
    input: { pipeline, revision, inputs: { ...inputs, note: '' } },
    searchAttributes: () => startAttributes({ pipeline, stage: 'preprocess' }),
    staticSummary: `${pipeline.name}: makes ${lineage.name} again`,
  })
  return {
    ...runHandle({ id, session }),
    created,
    original: lineage.name,
    warnings,
    verdict: async () => {
      const again = await findLineage({ name: id, session })
      const { artifact, contents } = lineage
      const { artifact: b } = again
      if (!artifact || !b) throw new Error('a run that completed has an artifact')
      const a = { ...artifact, contents }
      const weights = await compareArchives({ storage: await session.storage(), a, b })
      return { weights, metrics: compareLineages({ a: lineage, b: again }).metrics }
    },
  }
}

async function recordOf({ name, session }: { name: string; session: Session }): Promise<Lineage> {
  if (isManifestPlace(name)) return manifestLineage({ place: name, session })
  const [model = '', version] = name.split('@')
  const found = await findModel({ model, session, ...(version !== undefined && { version }) })
  return modelLineage({ found, session })
}
