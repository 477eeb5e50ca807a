/** The schedule of a pipeline: lines that Temporal would refuse, read otherwise or never fire. Pure. */

import { formatDuration } from '../duration'
import { checkTimezone } from '../schedule/check-timezone'
import { parseCron } from '../schedule/parse-cron'
import { planFirings } from '../schedule/plan-firings'
import type { ResolvedSchedule } from '../nightly-state'
import type { ConfigPath, Finding } from './fault'
import type { Raw } from './raw'

/** Seconds: Temporal refuses less. */
const leastCatchup = 10
/** Seconds. Temporal's own default is a year: a machine that was off for so long would not want its runs back. */
const mostCatchup = 365 * 86_400
/** Firings that are looked at for the smallest gap. */
const gapsOf = 100

export function checkSchedule(raw: Raw): Finding[] {
  return [...checkCron(raw), ...checkZone(raw), ...checkTimes(raw)]
}

function checkCron(raw: Raw): Finding[] {
  const seen = new Map<string, string>()
  return cronLines(raw).flatMap(({ path, line }): Finding[] => {
    const { values, fault } = parseCron(line)
    if (fault) return [{ path, ...fault }]
    const key = JSON.stringify(values)
    const earlier = seen.get(key)
    seen.set(key, earlier ?? line)
    if (earlier === undefined) return []
    const message = earlier === line ? 'this line is given twice' : `fires exactly as "${earlier}"`
    return [{ path, message, hint: 'remove one of the two' }]
  })
}

function cronLines(raw: Raw): { path: ConfigPath; line: string }[] {
  const path = ['schedule', 'cron']
  const single = raw.text(...path)
  if (single !== undefined) return [{ path, line: single }]
  return raw
    .list(...path)
    .flatMap((line, index) =>
      typeof line === 'string' ? [{ path: [...path, index], line: line }] : [],
    )
}

function checkZone(raw: Raw): Finding[] {
  const path = ['schedule', 'timezone']
  const name = raw.text(...path)
  const fault = name === undefined ? undefined : checkTimezone(name)
  return fault ? [{ path, ...fault }] : []
}

function checkTimes(raw: Raw): Finding[] {
  const findings: Finding[] = []
  const catchup = raw.duration('schedule', 'catchupWindow')
  const path = ['schedule', 'catchupWindow']
  if (catchup !== undefined && catchup < leastCatchup)
    findings.push({ path, message: `must be at least ${leastCatchup} seconds` })
  if (catchup !== undefined && catchup > mostCatchup)
    findings.push({ path, message: 'must be at most 365 days' })
  if ((raw.duration('schedule', 'jitter') ?? 0) > 86_400)
    findings.push({ path: ['schedule', 'jitter'], message: 'must be at most one day' })
  return findings
}

/** What is allowed but rarely meant. */
export function scheduleWarnings(options: {
  schedule: ResolvedSchedule
  publishes: boolean
  now: Date
}): string[] {
  const { schedule, publishes, now } = options
  const warnings: string[] = []
  if (!publishes) {
    warnings.push(
      'schedule without publish trains at every firing: nothing says what was published last, so nothing can be unchanged since',
    )
  }
  const gap = schedule.jitter > 0 ? smallestGap(schedule, now) : Infinity
  if (schedule.jitter >= gap) {
    warnings.push(
      `schedule.jitter (${formatDuration(schedule.jitter)}) is not shorter than the gap between two firings (${formatDuration(gap)}); Temporal cuts it to the gap`,
    )
  }
  return warnings
}

/** Seconds between the two nearest of the next firings. */
function smallestGap({ cron, timezone }: ResolvedSchedule, from: Date): number {
  const firings = planFirings({ cron, timezone, from, count: gapsOf }).map((at) => at.getTime())
  const gaps = firings.slice(1).map((at, index) => at - (firings[index] ?? at))
  return Math.min(...gaps) / 1000
}
