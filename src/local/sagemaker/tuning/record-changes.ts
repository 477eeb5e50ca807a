/** How the record of a tuning job changes: pure functions, so that every change is written as one. */

import { randomBytes } from 'node:crypto'
import { isTerminal, type JobRecord } from '../jobs/job'
import { endingDue } from './progress'
import { isEnded, type Trial, type TrialEnd, type TuningRecord } from './tuning-job'

/** The first decision stands; the job has ended once its last trial has. */
export function withDecision(options: {
  record: TuningRecord
  now: number
}): TuningRecord | undefined {
  const { record, now } = options
  const ending = record.ending ?? endingDue({ record, now })
  if (!ending || isEnded(record)) return undefined
  if (record.trials.every(({ end }) => end)) {
    return { ...record, ending, status: ending.status, endTime: now }
  }
  return record.status === 'Stopping' ? undefined : { ...record, ending, status: 'Stopping' }
}

/** It has a name before it has a training job. */
export function newTrial(options: {
  record: TuningRecord
  proposed: Pick<Trial, 'definition' | 'values'>
  now: number
}): Trial {
  const { record, proposed, now } = options
  const place = record.trials.length + 1
  const number = String(place).padStart(3, '0')
  return {
    place,
    name: `${record.name}-${number}-${randomBytes(4).toString('hex')}`,
    ...proposed,
    creationTime: now,
    launched: false,
  }
}

export function without(record: TuningRecord, { name }: Trial): TuningRecord {
  return { ...record, trials: record.trials.filter((trial) => trial.name !== name) }
}

/** Undefined while the training job goes on; one that was deleted has ended without a result. */
export function endOf(options: {
  job: JobRecord | undefined
  metric: string
  now: number
}): Omit<TrialEnd, 'curve'> | undefined {
  const { job, metric, now } = options
  if (!job) return { status: 'Stopped', at: now }
  if (!isTerminal(job)) return undefined
  const value = job.metrics?.find(({ MetricName }) => MetricName === metric)?.Value
  const { failureReason } = job
  return {
    status: job.status as TrialEnd['status'],
    at: job.endTime ?? now,
    ...(typeof value === 'number' && job.status !== 'Failed' && { objective: value }),
    ...(failureReason !== undefined && { failureReason }),
  }
}
