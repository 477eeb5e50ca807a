/** What a training cost, saved and wasted, by attempt and in all. Pure. */

import { attemptHasEnded, type Attempt } from './run-state'

export interface AttemptReport {
  jobName: string
  /** Seconds on its machines, and those that are billed. */
  trainedSeconds: number
  billedSeconds: number
  /** Share of the trained seconds that is not billed, 0 to 1; null while there are none. */
  savings: number | null
  /** Seconds for steps that were trained again; without checkpoints all of an attempt that did not complete. */
  wastedSeconds: number
  /** US dollars at the on-demand price of the billed seconds; null: not known. */
  costUsd: number | null
}

export interface TrainingReport extends Omit<AttemptReport, 'jobName'> {
  attempts: AttemptReport[]
}

/**
 * Steps are turned into seconds by the average of the whole training: the last step that was saved,
 * and those that were made twice, took all of its time.
 *
 * @example
 * const { costUsd, wastedSeconds, savings } = trainingReport(status.training.attempts)
 */
export function trainingReport(attempts: readonly Attempt[]): TrainingReport {
  const secondsPerStep = averageStep(attempts)
  const reports = attempts.map((attempt) => reportOf(attempt, secondsPerStep))
  const sum = (pick: (report: AttemptReport) => number) =>
    reports.reduce((total, report) => total + pick(report), 0)
  const [trainedSeconds, billedSeconds] = [
    sum((report) => report.trainedSeconds),
    sum((report) => report.billedSeconds),
  ]
  return {
    attempts: reports,
    trainedSeconds,
    billedSeconds,
    savings: savingsOf({ trainedSeconds, billedSeconds }),
    wastedSeconds: sum((report) => report.wastedSeconds),
    costUsd: totalCost(reports),
  }
}

function reportOf(attempt: Attempt, secondsPerStep: number | null): AttemptReport {
  const { jobName, trainingSeconds: trainedSeconds, billableSeconds: billedSeconds } = attempt
  const lost = attempt.status === 'Completed' || !attemptHasEnded(attempt) ? 0 : trainedSeconds
  const again = secondsPerStep === null ? lost : Math.round(attempt.stepsLost * secondsPerStep)
  // Nothing was paid for what had no machine.
  const free = attemptHasEnded(attempt) && trainedSeconds === 0 && billedSeconds === 0 ? 0 : null
  return {
    jobName,
    trainedSeconds,
    billedSeconds,
    savings: savingsOf({ trainedSeconds, billedSeconds }),
    wastedSeconds: again,
    costUsd: attempt.costUsd ?? free,
  }
}

/** Null without a script that tells of its checkpoints, and before the first time is known. */
function averageStep(attempts: readonly Attempt[]): number | null {
  const saved = Math.max(0, ...attempts.map(({ lastSavedStep = 0 }) => lastSavedStep))
  const made = attempts.reduce((total, { stepsLost }) => total + stepsLost, saved)
  const seconds = attempts.reduce((total, { trainingSeconds }) => total + trainingSeconds, 0)
  return saved === 0 || seconds === 0 ? null : seconds / made
}

/** What is not billed yet is not saved: an attempt reports its billed seconds at its end. */
function savingsOf(options: { trainedSeconds: number; billedSeconds: number }): number | null {
  const { trainedSeconds, billedSeconds } = options
  if (trainedSeconds <= 0 || billedSeconds <= 0) return null
  return Math.max(0, 1 - billedSeconds / trainedSeconds)
}

/** Unknown as soon as one of them is. */
function totalCost(reports: AttemptReport[]): number | null {
  let total = 0
  for (const { costUsd } of reports) {
    if (costUsd === null) return null
    total += costUsd
  }
  return total
}
