import {
  CancellationScope,
  CancelledFailure,
  defineSignal,
  getExternalWorkflowHandle,
  log,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'

import type { Uploaded } from '../activities/upload'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { ShownTrial } from '../src/feeds/shown-trial'
import type { RunSite } from '../src/run-site'
import type { Attempt } from '../src/run-state'
import { searchAttributes } from '../src/search-attributes'
import { trainingReport } from '../src/training-report'
import { summarizeTrial } from '../src/sweep/summarize-trial'
import { trialName, type TrialEnd, type TrialSummary } from '../src/sweep/sweep-state'
import { endingOf, runErrorOf } from './failures'
import { pauseForMachine } from './machine-pause'
import { control, glance } from './options'
import { isPaid, training, type TrainingResult } from './training'

export interface TrialInput {
  sweepId: string
  /** Where the sweep's things lie; the trial's own lie below. */
  sweepSite: RunSite
  number: number
  /** With the trial's own hyperparameters among the others. */
  pipeline: ResolvedPipeline
  hyperparameters: TrialSummary['hyperparameters']
  inputs: Uploaded
  /** Objective metric. */
  metric: string
}

/** A trial tells its sweep how it ended. */
export const trialEnded = defineSignal<[TrialEnd]>('trialEnded')

/** Rounds of all placements that AWS may have no capacity for; each may wait `maxWait`. */
const capacityRounds = 10

/**
 * One trial: the durable training of a pipeline, with hyperparameters of its own, and its score.
 * However it ends, its job has ended before the sweep hears of it, and no end is an error here:
 * a sweep goes on after a failed trial.
 */
export async function trial(input: TrialInput): Promise<TrialEnd> {
  const { sweepId, number, hyperparameters } = input
  const { workflowId: runId, firstExecutionRunId: firstRunId } = workflowInfo()
  const run = `${input.sweepSite.run}/trials/${trialName(number)}`
  const site: RunSite = { ...input.sweepSite, run, runId, firstRunId }
  const attempts: Attempt[] = []
  const { pipeline, metric } = input
  const shown: ShownTrial = { sweepId, sweepRun: input.sweepSite.run, number }
  const feed = pipeline.feeds?.mlflow && { pipeline, metric, trial: shown }

  const end = await endOf({ ...input, site, attempts, ...(feed && { shown }) })
  const { costUsd } = trainingReport(attempts)
  await CancellationScope.nonCancellable(async () => {
    upsertMemo({ trial: summarizeTrial({ end, hyperparameters }) })
    upsertSearchAttributes([
      { key: searchAttributes.stage, value: end.state },
      { key: searchAttributes.attempts, value: attempts.length },
      ...(costUsd === null ? [] : [{ key: searchAttributes.costUsd, value: costUsd }]),
      ...(end.score === null ? [] : [{ key: searchAttributes.score, value: end.score }]),
    ])
    const record = { site, end, hyperparameters, ...(feed && { feed }) }
    await quietly('recorded', () => glance.sealTrial(record))
    // A sweep that is gone needs no report.
    await quietly('reported', () => getExternalWorkflowHandle(sweepId).signal(trialEnded, end))
  })
  if (end.state === 'stopped') throw new CancelledFailure('the trial was stopped')
  return end
}

type Work = TrialInput & {
  site: RunSite
  attempts: Attempt[]
  /** Below which sweep it is shown besides; absent: nowhere. */
  shown?: ShownTrial
}

async function endOf(work: Work): Promise<TrialEnd> {
  const { site, number, attempts } = work
  const nothing = { number, score: null, artifactUri: null, attempts, error: null }
  try {
    const { artifactUri, away } = await train(work)
    const jobName = attempts.at(-1)?.jobName ?? ''
    const at = away ?? site
    const score = await control.readObjective({ site: at, jobName, metric: work.metric })
    return { ...nothing, state: 'completed', score, artifactUri }
  } catch (error) {
    if (endingOf(error).cancelled) return { ...nothing, state: 'stopped' }
    return { ...nothing, state: 'failed', error: runErrorOf(error) }
  }
}

/**
 * Tries again later when no placement had a machine: the sweep's other trials may hold all of the
 * account's quota, for as long as they like. Once a machine was paid for, it is an end like any
 * other. Rounds that cost nothing are counted and not kept: there may be thousands.
 */
async function train({ site, pipeline, inputs, attempts, shown }: Work): Promise<TrainingResult> {
  const startedAt = Date.now()
  let attemptsBefore = 0
  let withoutCapacity = 0
  for (let tried = 1; ; tried++) {
    try {
      const input = { site, pipeline, inputs, attempts, attemptsBefore, startedAt, patience: 0 }
      return await training({ ...input, ...(shown && { showsProgress: true, trial: shown }) })
    } catch (error) {
      const { code } = runErrorOf(error)
      const noMachine =
        ['E_CAPACITY_EXHAUSTED', 'E_INFRASTRUCTURE'].includes(code) && !attempts.some(isPaid)
      if (!noMachine) throw error
      const noQuota = attempts.every(({ status }) => status === 'Refused')
      if (!noQuota && ++withoutCapacity === capacityRounds) throw error
      attemptsBefore += attempts.splice(0).length
      await pauseForMachine({ tried, most: 10 })
    }
  }
}

async function quietly(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    log.warn(`the end of the trial could not be ${what}`, { error })
  }
}
