/** What applying a schedule would change of the one that Temporal has. */

import type { ScheduleDescription } from '@temporalio/client'

import { canonicalJson } from '../aws/names'
import { formatPath, type ConfigPath } from '../config/fault'
import { rawConfig } from '../config/raw'
import { cutSecrets, isReference, isSecretName } from '../config/secrets'
import { formatDuration } from '../duration'
import { scheduleIdOf, type ResolvedSchedule } from '../nightly-state'
import { parseCron } from '../schedule/parse-cron'
import { controlTaskQueue } from '../task-queues'
import type { ScheduledPipeline } from './schedule-request'

export interface ScheduleChange {
  /** A key of `schedule`, or the path of a key of the pipeline, such as `train.maxRun`. */
  what: string
  /** Cut to 60 characters; null when there was, or is to be, none. */
  before: string | null
  after: string | null
}

const longestValue = 60
const edited = '(changed outside Holdfast)'

export function scheduleChanges(
  found: ScheduleDescription,
  { pipeline, schedule }: ScheduledPipeline,
): ScheduleChange[] {
  const told = inputOf(found)
  const { workflowType, taskQueue, workflowId } = found.action
  const changes = [
    ...differences(scheduleOf(found), schedule, []),
    ...differences(
      { workflowType, taskQueue, workflowId },
      {
        workflowType: 'nightly',
        taskQueue: controlTaskQueue,
        workflowId: scheduleIdOf(pipeline.name),
      },
      [],
    ),
    ...differences(told?.pipeline, pipeline, []),
  ].map(readable([told?.pipeline, pipeline]))
  // What Temporal does and what the nightly workflow is told can only differ by an edit from outside.
  return changes.length > 0 || canonicalJson(told?.schedule) === canonicalJson(schedule)
    ? changes
    : [{ what: 'schedule', before: edited, after: 'as in pipeline.yaml' }]
}

/** What the schedule's workflow is started with; undefined when it was not made by Holdfast. */
function inputOf({ action }: ScheduleDescription): ScheduledPipeline | undefined {
  const input = action.args?.[0] as Partial<ScheduledPipeline> | undefined
  return input?.pipeline && input.schedule ? (input as ScheduledPipeline) : undefined
}

/** As Temporal has it, which is what counts. */
export function scheduleOf(found: ScheduleDescription): ResolvedSchedule {
  const { spec, policies } = found
  return {
    cron: cronOf(found),
    timezone: spec.timezone ?? 'UTC',
    jitter: (spec.jitter ?? 0) / 1000,
    overlap: policies.overlap === 'BUFFER_ONE' ? 'bufferOne' : 'skip',
    catchupWindow: policies.catchupWindow / 1000,
    pauseOnFailure: policies.pauseOnFailure,
  }
}

/** Temporal keeps calendars, not cron lines: the lines are those of the input, if they say the same. */
function cronOf(found: ScheduleDescription): string[] {
  const lines = inputOf(found)?.schedule.cron ?? []
  const { structuredCalendar, interval, excludeStructuredCalendar, startTime, endTime } =
    found.raw.schedule?.spec ?? {}
  const ofLines = lines.map((line) => JSON.stringify([[0], ...(parseCron(line).values ?? [])]))
  const ofCalendars = (structuredCalendar ?? []).map((calendar) => {
    const { second, minute, hour, dayOfMonth, month, dayOfWeek, year } = calendar
    const years = (year ?? []).length > 0 ? [valuesOf(year)] : []
    const days = valuesOf(dayOfWeek).map((day) => day % 7)
    const fields = [second, minute, hour, dayOfMonth, month].map(valuesOf)
    return JSON.stringify([...fields, sorted(days), ...years])
  })
  const more = [interval, excludeStructuredCalendar].some((list) => (list ?? []).length > 0)
  const same = ofLines.sort().join() === ofCalendars.sort().join()
  return same && !more && !startTime && !endTime ? lines : [edited]
}

type Ranges =
  { start?: number | null; end?: number | null; step?: number | null }[] | null | undefined

function valuesOf(ranges: Ranges): number[] {
  const values: number[] = []
  for (const { start, end, step } of ranges ?? []) {
    const from = start ?? 0
    for (let value = from; value <= Math.max(from, end ?? 0); value += Math.max(1, step ?? 1))
      values.push(value)
  }
  return sorted(values)
}

function sorted(values: number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b)
}

interface Difference {
  path: ConfigPath
  before: unknown
  after: unknown
}

function differences(before: unknown, after: unknown, path: ConfigPath): Difference[] {
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return []
  const lists = Array.isArray(before) && Array.isArray(after)
  // A list of plain values is read as one value.
  if (lists && ![before, after].some((list: unknown[]) => list.some(isObject)))
    return [{ path, before, after }]
  if (!lists && !(isMapping(before) && isMapping(after))) return [{ path, before, after }]
  const [a, b] = [before as Record<string, unknown>, after as Record<string, unknown>]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differences(a[key], b[key], [...path, lists ? Number(key) : key]),
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isMapping(value: unknown): boolean {
  return isObject(value) && !Array.isArray(value)
}

/** Without what looks like a secret: a value that should have been a reference is not shown. */
function readable(pipelines: unknown[]): (difference: Difference) => ScheduleChange {
  // Of a version that still let it pass.
  const hidden = new Set(
    pipelines
      .flatMap((each) => rawConfig(each).entries('train', 'environment'))
      .filter(([name, value]) => isSecretName(name) && !isReference(String(value)))
      .map(([name]) => `train.environment.${name}`),
  )
  return ({ path, before, after }) => {
    const what = formatPath(path) || 'pipeline'
    const show = (value: unknown) => {
      if (value === undefined) return null
      if (hidden.has(what)) return '(hidden)'
      if (typeof value === 'number' && (what === 'jitter' || what === 'catchupWindow'))
        return formatDuration(value)
      const text = cutSecrets(typeof value === 'string' ? value : JSON.stringify(value))
      return text.length > longestValue ? `${text.slice(0, longestValue - 1)}…` : text
    }
    return { what, before: show(before), after: show(after) }
  }
}
