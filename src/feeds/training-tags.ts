import type { ResolvedPipeline } from '../config/resolved-pipeline'
import type { RunSite } from '../run-site'
import type { Attempt, RunError } from '../run-state'
import { trainingReport } from '../training-report'

/** What is told of any training that has ended, a run's or a trial's; null: nothing to tell. */
export function trainingTags(options: {
  site: RunSite
  pipeline: ResolvedPipeline
  attempts: readonly Attempt[]
  outcome: string
  error: RunError | null
}): Record<string, string | null> {
  const { site, pipeline, attempts, outcome, error } = options
  const { costUsd } = trainingReport(attempts)
  const interruptions = attempts.reduce((total, attempt) => total + attempt.interruptions, 0)
  return {
    'holdfast.id': site.runId,
    'holdfast.pipeline': pipeline.name,
    'holdfast.outcome': outcome,
    'holdfast.prefix': site.run,
    'holdfast.attempts': String(attempts.length),
    'holdfast.interruptions': String(interruptions),
    'holdfast.costUsd': costUsd === null ? null : costUsd.toFixed(4),
    'holdfast.error': error && `${error.code} ${error.message}`,
    'mlflow.source.name': pipeline.train.entryPoint,
  }
}
