/** Which scenario rule is due for a job at this moment, and what it decides. */

import type { Ending, JobRecord } from './job'
import type { KeyedJobRule, Scenario } from './scenario'

/** What has just happened in the present attempt. */
export type Moment =
  | { phase: string }
  | { seconds: number }
  | { lines: string[] }
  /** Complete checkpoint folders that this attempt has written; restored ones do not count. */
  | { checkpoints: number }

export interface DueRule {
  rule: KeyedJobRule
  /** Undefined where the rule cannot apply: an on-demand instance is never reclaimed. */
  ending: Ending | undefined
}

export function dueRule(options: {
  scenario: Scenario
  job: JobRecord
  spot: boolean
  moment: Moment
}): DueRule | undefined {
  const { scenario, job, spot, moment } = options
  for (const rule of scenario.jobRules(job.name)) {
    if (rule.do === 'hold') continue
    if ((job.fired[rule.key] ?? 0) >= rule.times || !matches(rule.when, moment)) continue
    if (!scenario.allows({ rule, jobName: job.name, occasion: job.attempt })) continue
    return { rule, ending: endingOf(rule, spot) }
  }
  return undefined
}

/** Whether a job that is on its way to its end must stay there. */
export function isHeld({ scenario, job }: { scenario: Scenario; job: JobRecord }): boolean {
  return scenario
    .jobRules(job.name)
    .some(
      (rule) =>
        rule.do === 'hold' && scenario.allows({ rule, jobName: job.name, occasion: job.attempt }),
    )
}

/** Seconds of Training after which a rule is due. */
export function ruleSeconds(options: { scenario: Scenario; job: JobRecord }): number[] {
  return options.scenario
    .jobRules(options.job.name)
    .flatMap((rule) => ('seconds' in rule.when ? [rule.when.seconds] : []))
}

function matches(when: KeyedJobRule['when'], moment: Moment): boolean {
  if ('phase' in when) return 'phase' in moment && when.phase === moment.phase
  if ('seconds' in when) return 'seconds' in moment && moment.seconds >= when.seconds
  if ('checkpoint' in when) return 'checkpoints' in moment && moment.checkpoints >= when.checkpoint
  return 'lines' in moment && moment.lines.some((line) => when.logLine.test(line))
}

function endingOf(rule: KeyedJobRule, spot: boolean): Ending | undefined {
  switch (rule.do) {
    case 'interrupt':
      return spot ? { do: 'interrupt', resumeAfterSeconds: rule.resumeAfter } : undefined
    case 'maxWait':
      return { do: 'stop', because: 'maxWait' }
    case 'capacityError':
      return {
        do: 'fail',
        reason:
          'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.',
      }
    // Decides nothing: see the driver, which asks for these by themselves.
    case 'hold':
      return undefined
    case 'internalError':
      return {
        do: 'fail',
        reason: 'InternalServerError: We encountered an internal error. Please try again.',
      }
  }
}
