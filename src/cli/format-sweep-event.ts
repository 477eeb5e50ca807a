import type { SweepEvent } from '../client'
import { formatDuration } from '../duration'
import type { TrialSummary } from '../sweep/sweep-state'
import { cleanLine } from './clean-text'
import { formatNumber } from './format-metric'
import { formatHyperparameters } from './format-sweep-trials'

const stages = {
  prepare: 'preparing the dataset, once for all trials',
  trials: 'the trials begin',
  best: 'evaluating the best trial',
}

/** An event as one line for people and CI logs; undefined where there is nothing to say. */
export function lineOfSweepEvent(event: SweepEvent, metric: string): string | undefined {
  switch (event.type) {
    case 'stage':
      return stages[event.stage]
    case 'trialStarted':
      return undefined
    case 'trialEnded':
      return trialLine(event.trial, metric)
    case 'best':
      return `best so far: trial ${event.trial.number}, ${scoreOf(event.trial, metric)}`
    case 'paused':
      return 'paused: no new trial begins'
    case 'resumed':
      return 'resumed'
    case 'published':
      return `published: version ${event.published.version} as ${event.published.modelPackageArn}`
    case 'ended':
      return undefined
  }
}

/** What one looks for comes first: a narrow terminal wraps the rest. */
function trialLine(trial: TrialSummary, metric: string): string {
  const { number, state, error, attempts, billableSeconds } = trial
  const parts = [
    ...(state === 'completed' ? [scoreOf(trial, metric)] : []),
    ...(error ? [`${error.message} [${error.code}]`] : []),
    ...formatHyperparameters(trial.hyperparameters),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(billableSeconds > 0 ? [formatDuration(billableSeconds)] : []),
  ]
  return cleanLine(`trial ${number} ${state}: ${parts.join(' · ')}`)
}

function scoreOf({ score }: TrialSummary, metric: string): string {
  return `${metric} ${score === null ? 'unknown' : formatNumber(score)}`
}
