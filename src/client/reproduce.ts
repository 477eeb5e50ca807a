import { pricePipeline, withoutPrices } from '../prices/price-pipeline'
import { compareLineages, type MetricDifference } from '../lineage/compare'
import { compareArchives, type ArchiveComparison } from '../lineage/compare-archives'
import { recipeOf } from '../lineage/recipe-of'
import { verifyInputs } from '../lineage/verify-inputs'
import { startAttributes } from '../search-attributes'
import { findLineage } from './find-lineage'
import { findModel } from './find-model'
import { idOf } from './id-of'
import { modelLineage } from './read-lineage'
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

/** Starts a run that makes a model again, from its record alone. */
export async function reproduce(options: {
  name: string
  publish?: boolean
  session: Session
}): Promise<Reproduction> {
  const { session, publish = false } = options
  const [model = '', version] = options.name.split('@')
  const found = await findModel({ model, session, ...(version !== undefined && { version }) })
  const lineage = await modelLineage({ found, session })
  const region = await session.aws.s3.config.region()
  const recipe = recipeOf({ lineage, region, publish })
  const { inputs, revision, warnings } = recipe
  // What is gone is refused before anything is started; the bytes are read by the run itself.
  await verifyInputs({ storage: await session.storage(), inputs, how: 'presence' })
  const pipeline = pricePipeline({ pipeline: recipe.pipeline, prices: await session.prices() })
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
      const { artifact: a } = lineage
      const { artifact: b } = again
      if (!a || !b) throw new Error('a run that completed has an artifact')
      const weights = await compareArchives({ storage: await session.storage(), a, b })
      return { weights, metrics: compareLineages({ a: lineage, b: again }).metrics }
    },
  }
}
