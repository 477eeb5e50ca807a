import { lineageOf, type Lineage } from '../../../src/lineage/lineage'
import type { EvaluationFacts } from '../../../src/lineage/evaluation-facts'
import type { ResolvedPipeline } from '../../../src/config/resolved-pipeline'
import { anAttempt } from '../cli/a-status'
import { pipeline } from '../plan/pipeline'

export const hash = (digit: string): string => digit.repeat(64)

/** What a run of today leaves in S3, read back. */
export function aLineage(
  changes: {
    run?: string
    pipeline?: ResolvedPipeline
    data?: string
    code?: string
    commit?: string
    accuracy?: number
    evaluation?: Partial<EvaluationFacts>
    manifest?: Record<string, unknown>
  } = {},
): Lineage {
  const { run = 'reviews-1a2b3c', data = 'd', code = 'c', commit, accuracy = 0.8 } = changes
  const home = 's3://b/holdfast'
  const metrics = { eval_accuracy: accuracy }
  const manifest = {
    kind: 'run',
    createdAt: '2026-11-28T10:00:00.000Z',
    files: [],
    outcome: 'completed',
    pipeline: changes.pipeline ?? pipeline,
    revision: { data, model: 'm', code, config: 'f' },
    inputs: {
      dataset: {
        trainUri: `${home}/datasets/${hash(data)}/train`,
        evaluateCodeUri: `${home}/runs/${run}/source/evaluate/${hash('e')}`,
      },
      codeUri: `${home}/runs/${run}/source/${hash(code)}/sourcedir.tar.gz`,
      ...(commit !== undefined && { commit }),
      modelUri: null,
    },
    images: { training: 'train:1', serving: 'serve:1' },
    state: { metrics, training: { attempts: [anAttempt()] }, gate: null, artifact: null },
    ...changes.manifest,
  }
  return lineageOf({
    name: run,
    run,
    model: null,
    manifest,
    runManifest: manifest,
    dataset: {
      parts: { 'dataset.path (content)': hash(data) },
      rows: { train: 1_500, test: 1_000 },
    },
    evaluation: { metrics, intervals: {}, rows: 1_000, ...changes.evaluation },
  })
}
