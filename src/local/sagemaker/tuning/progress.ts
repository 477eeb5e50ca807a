/** How far a tuning job has come, and when it is over: pure functions of its record. */

import { number, object, text } from '../json'
import { configOf, definitionsOf, isBetter, type Objective } from './definition'
import { gridSize } from './propose-trial'
import type { Finding, Trial, TrialEnd, TuningEnding, TuningRecord } from './tuning-job'

/** "No training job succeeded after 5 attempts": amazon-sagemaker-examples #2437. */
const attempts = 5

/** API reference, TuningJobCompletionDetails: a gain of 1 % or less is none. */
const leastGain = 0.01

/** Trials in all; a grid has as many as it has points. */
export function mostTrials({ request }: Pick<TuningRecord, 'request'>): number {
  const config = configOf(request)
  if (text(config, 'Strategy') === 'Grid') {
    return definitionsOf(request).reduce((sum, definition) => sum + gridSize(definition), 0)
  }
  return number(object(config, 'ResourceLimits') ?? {}, 'MaxNumberOfTrainingJobs') ?? 0
}

/** What the job has to end as, if it has to. */
export function endingDue(options: {
  record: TuningRecord
  /** Epoch seconds. */
  now: number
}): TuningEnding | undefined {
  const { record, now } = options
  const config = configOf(record.request)
  const limits = object(config, 'ResourceLimits') ?? {}
  if (now - record.creationTime >= (number(limits, 'MaxRuntimeInSeconds') ?? Infinity)) {
    return { status: 'Stopped' }
  }
  const ended = record.trials.flatMap(({ end }) => end ?? [])
  const hopeless = earlyFailure(ended)
  if (hopeless !== undefined) return { status: 'Failed', failureReason: hopeless }
  if (isSatisfied(record)) return { status: 'Completed' }
  if (record.trials.length < mostTrials(record) || ended.length < record.trials.length) {
    return undefined
  }
  const failureReason = finalFailure(ended)
  return failureReason === undefined ? { status: 'Completed' } : { status: 'Failed', failureReason }
}

/** Why the job is given up before its last trial. */
function earlyFailure(ended: readonly TrialEnd[]): string | undefined {
  if (hasResult(ended)) return undefined
  const completed = ended.filter(({ status }) => status === 'Completed').length
  if (completed >= attempts) return noObjective(completed)
  if (completed > 0 || ended.length < attempts) return undefined
  return `No training job succeeded after ${attempts} attempts. Please take a look at the training job failures to get more details.`
}

/** The wordings of this and of the next one are from memory. */
function finalFailure(ended: readonly TrialEnd[]): string | undefined {
  if (hasResult(ended)) return undefined
  const others = ended.filter(({ status }) => status !== 'Failed').length
  return others > 0
    ? noObjective(others)
    : 'All training jobs failed. Please take a look at the training jobs failures to get more details.'
}

function noObjective(trials: number): string {
  return `No objective metrics found after running ${trials} training jobs. Please ensure that the custom algorithm is emitting the objective metric as defined by the regular expression provided.`
}

function hasResult(ended: readonly TrialEnd[]): boolean {
  return ended.some(({ objective }) => objective !== undefined)
}

/** TuningJobCompletionCriteria: a target that is reached, or no progress for too long. */
function isSatisfied(record: TuningRecord): boolean {
  const criteria = object(configOf(record.request), 'TuningJobCompletionCriteria') ?? {}
  const target = number(criteria, 'TargetObjectiveMetricValue')
  const patience = number(
    object(criteria, 'BestObjectiveNotImproving') ?? {},
    'MaxNumberOfTrainingJobsNotImproving',
  )
  const reached = endedTrials(record).some(
    ({ objective, value }) =>
      target !== undefined && (value === target || isBetter({ value, than: target, objective })),
  )
  return reached || (patience !== undefined && notImproving(record) >= patience)
}

/** Trials that ended since the last one that was better by more than one per cent. */
export function notImproving(record: TuningRecord): number {
  let best: number | undefined
  let since = 0
  for (const { value, objective } of endedTrials(record)) {
    const isGain =
      best === undefined ||
      (isBetter({ value, than: best, objective }) &&
        Math.abs(value - best) > Math.abs(best) * leastGain)
    if (isGain) best = value
    since = isGain ? 0 : since + 1
  }
  return since
}

/** Those with a result, in the order in which they ended. */
function endedTrials(record: TuningRecord): { value: number; objective: Objective }[] {
  const definitions = definitionsOf(record.request)
  return record.trials
    .flatMap((trial) => {
      const objective = definitions[trial.definition]?.objective
      const { end } = trial
      return end?.objective === undefined || !objective
        ? []
        : [{ value: end.objective, objective, at: end.at }]
    })
    .sort((a, b) => a.at - b.at)
}

/** The trial with the best result; of equals the first. With several definitions, of the first one's metric. */
export function bestTrial(record: TuningRecord): Trial | undefined {
  const definitions = definitionsOf(record.request)
  const objective = definitions[0]?.objective
  let best: { trial: Trial; value: number } | undefined
  for (const trial of record.trials) {
    const value = trial.end?.objective
    const isSame = definitions[trial.definition]?.objective.metric === objective?.metric
    if (value === undefined || !objective || !isSame) continue
    if (!best || isBetter({ value, than: best.value, objective })) best = { trial, value }
  }
  return best?.trial
}

/** What a tuning job found, for a later one that starts from it. */
export function findingsOf(record: TuningRecord): Finding[] {
  return record.trials.flatMap(({ name, values, end }) =>
    end?.objective === undefined
      ? []
      : [{ values, objective: end.objective, trainingJob: name, tuningJob: record.name }],
  )
}
