import type { ShownTrial } from '../src/feeds/shown-trial'
import { trainingTags } from '../src/feeds/training-tags'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { RunSite } from '../src/run-site'
import { trialName, type TrialEnd } from '../src/sweep/sweep-state'
import type { Dependencies } from './dependencies'
import { shownInMlflow } from './shown-in-mlflow'
import { trainingCurveOf } from './training-curve-of'

/** A trial as MLflow shows it. */
export interface TrialFeed {
  /** With the trial's own hyperparameters among the others. */
  pipeline: ResolvedPipeline
  trial: ShownTrial
  /** Objective metric. */
  metric: string
}

/** Shows a trial that has ended in MLflow: its settings, its metrics over steps, its score and how it ended. */
export async function feedTrial(
  deps: Dependencies,
  options: TrialFeed & {
    site: RunSite
    end: TrialEnd
    /** Milliseconds since 1970; absent: some time ago. */
    endedAt?: number
    signal: AbortSignal
  },
): Promise<void> {
  const { site, pipeline, trial, metric, end, signal } = options
  const shown = shownInMlflow({ deps, pipeline, signal })
  if (!shown) return
  const { mlflow } = shown
  const { attempts, state, score, error } = end
  const curve = await trainingCurveOf(deps, { attempts, signal })
  const times = curve.map(({ timestamp }) => timestamp)
  const endedAt = options.endedAt ?? (times.length === 0 ? Date.now() : latest(times))
  const startedAt = Math.min(endedAt, times[0] ?? endedAt)
  const run = await shown.findOrCreate({ run: site.run, pipeline, trial, startedAt })
  await mlflow.setTags(run, {
    ...(await shown.tagsOf(trial)),
    ...trainingTags({ site, pipeline, attempts, outcome: state, error }),
    'holdfast.trial': trialName(trial.number),
  })
  const step = curve.reduce((last, point) => Math.max(last, point.step), 0)
  const objective = { metric: `objective/${metric}`, step, timestamp: endedAt }
  const scored = score === null ? [] : [{ ...objective, value: score }]
  await mlflow.logMetrics(run, [...curve, ...scored])
  await mlflow.endRun(run, { status: statuses[state], endedAt })
}

const statuses = { completed: 'FINISHED', failed: 'FAILED', stopped: 'KILLED' } as const

function latest(times: readonly number[]): number {
  return times.reduce((last, time) => Math.max(last, time), 0)
}
