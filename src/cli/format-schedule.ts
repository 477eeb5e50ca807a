import type {
  AppliedSchedule,
  Backfilled,
  Night,
  ScheduleChange,
  ScheduleStatus,
  Triggered,
} from '../client'
import { formatDuration } from '../duration'
import { cleanLine, truncate } from './clean-text'
import { colorState } from './color-state'
import type { Colors } from './colors'
import { formatTable, formatTableWithHead } from './format-table'
import { formatShortTime, formatTime } from './format-time'

/** Longer ones are in `show --json`. */
const longestReason = 160

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
  next: string[]
  zone: string
  paused: boolean
  colors: Colors
}): string[] {
  const { next, zone, paused, colors } = options
  const head = paused ? 'NEXT FIRINGS, once it is resumed' : 'NEXT FIRINGS'
  return [colors.dim(head), ...formatTable(next.map((at) => ['', ...timeCells(at, zone)]))]
}

/** `2026-11-25 02:30:00 Europe/Berlin` and, where that is something else, UTC beside it. */
function timeCells(at: string, zone: string): string[] {
  const utc = `${formatTime(at, 'UTC')}Z`
  return zone === 'UTC' ? [utc] : [`${formatTime(at, zone)} ${zone}`, utc]
}

/** `holdfast schedule ls` for people. */
export function formatSchedules(schedules: ScheduleStatus[], colors: Colors): string[] {
  if (schedules.length === 0)
    return ['No schedules yet. Add `schedule` to pipeline.yaml, then `holdfast schedule apply`.']
  const header = ['PIPELINE', 'CRON', 'TIMEZONE', 'NEXT', 'LAST', 'OUTCOME']
  const rows = schedules.map(({ name, cron, timezone, paused, next, nights: [last] }) => [
    name,
    cron.length > 1 ? `${cron[0]}, +${cron.length - 1}` : (cron[0] ?? ''),
    timezone,
    paused ? colors.yellow('paused') : next[0] ? formatShortTime(next[0], timezone) : '-',
    last ? formatShortTime(last.startedAt, timezone) : '-',
    last ? colorState(last.outcome, colors) : '-',
  ])
  return formatTableWithHead(header, rows, colors)
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
    ...(nights.length > 0 ? nightLines(nights, timezone, colors) : ['  none yet']),
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

/** A line of facts for each, and one that says why. */
function nightLines(nights: Night[], zone: string, colors: Colors): string[] {
  const facts = formatTable(
    nights.map(({ startedAt, outcome, run, version }) => [
      `  ${formatShortTime(startedAt, zone)}`,
      colorState(outcome, colors),
      version === null ? '' : `version ${version}`,
      run ?? '',
    ]),
  )
  return nights.flatMap(({ error, reason }, index) => {
    const why = cleanLine(error ? `${error.code}: ${error.message}` : reason)
    return [facts[index] ?? '', ...(why ? [`    ${truncate(why, longestReason)}`] : [])]
  })
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
  const [from, to] = [first, last].map((at) => `${formatTime(at, zone)} ${zone}`)
  return firings === 1
    ? `1 firing, of ${from}.`
    : `${firings} firings, one after the other, from ${from} to ${to}.`
}
