import type {
  AppliedSchedule,
  Backfilled,
  Night,
  ScheduleChange,
  ScheduleStatus,
  Triggered,
} from '../client'
import { formatDuration } from '../duration'
import type { NightlyOutcome } from '../nightly-state'
import { wallTime } from '../schedule/wall-time'
import { cleanLine, truncate } from './clean-text'
import type { Colors } from './colors'
import { formatTable } from './format-table'

/** A sentence per line of a table; longer ones are in `show --json`. */
const longestReason = 60

/** What `schedule apply` did or, with `dryRun`, would do. */
export function formatApplied(options: {
  applied: AppliedSchedule
  /** Of the schedule. */
  zone: string
  dryRun: boolean
  colors: Colors
}): string[] {
  const { applied, zone, dryRun, colors } = options
  const { name, action, changes, paused, next } = applied
  const verb = action === 'unchanged' ? action : dryRun ? `would be ${action}` : action
  const head = `The schedule of ${name} ${dryRun && action !== 'unchanged' ? verb : `is ${verb}`}.`
  return [
    action === 'unchanged' ? head : colors.bold(head),
    ...formatTable(changes.map((change) => changeRow(change, colors))),
    ...firingLines({ next, zone, paused, colors }),
  ]
}

function changeRow({ what, before, after }: ScheduleChange, colors: Colors): string[] {
  const show = (value: string | null) => (value === null ? '(none)' : cleanLine(value))
  return [`  ${what}`, colors.red(show(before)), '→', colors.green(show(after))]
}

function firingLines(options: {
  next: Date[]
  zone: string
  paused: boolean
  colors: Colors
}): string[] {
  const { next, zone, paused, colors } = options
  const head = paused ? 'NEXT FIRINGS, once it is resumed' : 'NEXT FIRINGS'
  return [colors.dim(head), ...formatTable(next.map((at) => ['', ...timeCells(at, zone)]))]
}

/** `2026-11-25 02:30:00 Europe/Berlin` and, where that is something else, UTC beside it. */
function timeCells(at: Date, zone: string): string[] {
  const utc = `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`
  return zone === 'UTC' ? [utc] : [`${localTime(at, zone)} ${zone}`, utc]
}

function localTime(at: Date, zone: string): string {
  return new Date(wallTime(at.getTime(), zone)).toISOString().slice(0, 19).replace('T', ' ')
}

/** `holdfast schedule ls` for people. */
export function formatSchedules(schedules: ScheduleStatus[], colors: Colors): string[] {
  if (schedules.length === 0)
    return ['No schedules yet. Add `schedule` to pipeline.yaml, then `holdfast schedule apply`.']
  const header = ['PIPELINE', 'CRON', 'TIMEZONE', 'NEXT', 'LAST', 'OUTCOME']
  const rows = schedules.map(({ name, cron, timezone, paused, next, nights: [last] }) => [
    name,
    cron.join('; '),
    timezone,
    paused ? colors.yellow('paused') : next[0] ? localTime(next[0], timezone) : '-',
    last ? localTime(new Date(last.startedAt), timezone) : '-',
    last ? colorOutcome(last.outcome, colors) : '-',
  ])
  const [head = '', ...lines] = formatTable([header, ...rows])
  return [colors.dim(head), ...lines]
}

/** `holdfast schedule show` for people. */
export function formatSchedule(status: ScheduleStatus, colors: Colors): string[] {
  const { name, paused, note, timezone, next, nights, running } = status
  const state = paused ? colors.yellow('paused') : colors.green('active')
  return [
    `${colors.bold(name)}  ${state}${note ? `  (${cleanLine(note)})` : ''}`,
    ...formatTable(policyRows(status)),
    ...firingLines({ next, zone: timezone, paused, colors }),
    ...(running.length > 0 ? [colors.dim('RUNNING'), ...running.map((id) => `  ${id}`)] : []),
    colors.dim('NIGHTS'),
    ...(nights.length > 0
      ? formatTable(nights.map((night) => nightRow(night, timezone, colors)))
      : ['  none yet']),
  ]
}

function policyRows(status: ScheduleStatus): string[][] {
  const { cron, timezone, jitter, overlap, catchupWindow, pauseOnFailure, counts } = status
  const overlaps = { skip: 'skip the later one', bufferOne: 'run one more after it' }
  return [
    ...cron.map((line, index) => [index === 0 ? '  cron' : '', `${line} ${timezone}`]),
    ['  jitter', jitter === 0 ? 'none' : `up to ${formatDuration(jitter)}`],
    ['  overlap', `${overlap}: ${overlaps[overlap]}`],
    ['  catch-up', `firings missed by up to ${formatDuration(catchupWindow)}`],
    ['  on failure', pauseOnFailure ? 'pause' : 'go on'],
    [
      '  so far',
      `${counts.fired} fired, ${counts.skippedByOverlap} skipped by overlap, ${counts.missedCatchup} missed`,
    ],
  ]
}

function nightRow(night: Night, zone: string, colors: Colors): string[] {
  const { startedAt, outcome, reason, run, version, error } = night
  return [
    `  ${localTime(new Date(startedAt), zone)}`,
    colorOutcome(outcome, colors),
    version === null ? '' : `version ${version}`,
    run ?? '',
    truncate(cleanLine(error ? `${error.code}: ${error.message}` : reason), longestReason),
  ]
}

function colorOutcome(outcome: NightlyOutcome, colors: Colors): string {
  switch (outcome) {
    case 'running':
      return colors.cyan(outcome)
    case 'completed':
      return colors.green(outcome)
    case 'skipped':
      return colors.dim(outcome)
    case 'rejected':
    case 'cancelled':
      return colors.yellow(outcome)
    case 'failed':
      return colors.red(outcome)
  }
}

export function formatTriggered({ outcome }: Triggered, name: string): string {
  const follow = `holdfast schedule show ${name}`
  switch (outcome) {
    case 'started':
      return `It runs. Follow it: ${follow}`
    case 'skipped':
      return `Skipped, because the one before still runs: ${follow}`
    case 'buffered':
      return `It runs after the one that runs now: ${follow}`
    case 'asked':
      return `Asked for. See what became of it: ${follow}`
  }
}

export function formatBackfill({ firings, first, last }: Backfilled, zone: string): string {
  const [from, to] = [first, last].map((at) => `${localTime(at, zone)} ${zone}`)
  return firings === 1
    ? `1 firing, of ${from}.`
    : `${firings} firings, one after the other, from ${from} to ${to}.`
}
