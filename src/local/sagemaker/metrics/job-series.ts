/**
 * The metrics of training jobs over time. They are not kept anywhere: a series is what the job's own
 * definitions find in the lines of its log, at the times of those lines, so that nothing can be lost
 * or counted twice, whenever this server is killed.
 */

import { logGroups, noticePrefix } from '../jobs/log-stream'
import { metricValue, type MetricDefinition } from '../jobs/metric-scraper'
import { groupCount, pythonRegex } from '../jobs/python-regex'
import type { JobRecord } from '../jobs/job'
import { isObject, list, object } from '../json'
import { logStreams, readLines, type LogLine } from '../logs/log-files'

/** One value of a metric, as the log has it. */
export interface MetricPoint {
  name: string
  /** Milliseconds since the epoch. */
  at: number
  value: number
}

/** The points of a job in the order of time; numbers that are not finite are none, as in CloudWatch. */
export type JobSeries = (job: JobRecord) => Promise<readonly MetricPoint[]>

/** How far one stream has been read: streams only grow. */
interface Progress {
  /** Creation of the job that it was read for, in milliseconds: a name may be given again. */
  began: number
  offset: number
  points: MetricPoint[]
}

/** Bytes read at once: a log may be larger than this server's memory. */
const step = 4 * 1024 * 1024

/**
 * @example
 * const seriesOf = createJobSeries({ logsDir })
 * await seriesOf(job) // [{ name: 'loss', at: 1760000000000, value: 0.25 }]
 */
export function createJobSeries(options: { logsDir: string }): JobSeries {
  const { logsDir } = options
  const read = new Map<string, Progress>()

  function progressOf(file: string, began: number): Progress {
    const known = read.get(file)
    if (known?.began === began) return known
    const fresh = { began, offset: 0, points: [] }
    read.set(file, fresh)
    return fresh
  }

  return async (job) => {
    // The scripted runner prints one line and keeps no log; the record has what it said.
    if (job.runner === 'scripted') return recordedPoints(job)
    const definitions = usableDefinitions(job)
    if (definitions.length === 0) return []
    const streams = await logStreams({ logsDir, group: logGroups.training }).catch(() => [])
    // An earlier job of this name, since deleted, has left its log.
    const began = job.creationTime * 1000
    const points: MetricPoint[] = []
    for (const { name, file, size } of streams) {
      if (!name.startsWith(`${job.name}/`)) continue
      const progress = progressOf(file, began)
      await readOn({ progress, file, size, definitions, began })
      points.push(...progress.points)
    }
    return points.sort((a, b) => a.at - b.at)
  }
}

type UsableDefinition = { name: string; regex: RegExp }

/** Concurrent readers take the same lines twice, so what was read is noted only if nobody was faster. */
async function readOn(options: {
  progress: Progress
  file: string
  size: number
  definitions: readonly UsableDefinition[]
  began: number
}): Promise<void> {
  const { progress, file, size, definitions, began } = options
  while (progress.offset < size) {
    const from = progress.offset
    const { lines, end } = await readLines({ file, from, to: Math.min(size, from + step) })
    if (progress.offset !== from) continue
    if (end === from) return
    progress.offset = end
    const fresh = lines.filter(({ timestamp }) => timestamp >= began)
    progress.points.push(...fresh.flatMap((line) => pointsIn(line, definitions)))
  }
}

function pointsIn(line: LogLine, definitions: readonly UsableDefinition[]): MetricPoint[] {
  // Our own words are in no log of the service.
  if (line.message.startsWith(noticePrefix)) return []
  return definitions.flatMap(({ name, regex }) =>
    [...line.message.matchAll(regex)].flatMap(([, text]) => {
      const value = metricValue(text ?? '')
      return typeof value === 'number' ? [{ name, at: line.timestamp, value }] : []
    }),
  )
}

function recordedPoints(job: JobRecord): MetricPoint[] {
  return (job.metrics ?? []).flatMap(({ MetricName, Value, Timestamp }) =>
    typeof Value === 'number' ? [{ name: MetricName, at: Timestamp * 1000, value: Value }] : [],
  )
}

/** Names of the metrics that a job defines. */
export function metricNames(job: JobRecord): string[] {
  return definitionsOf(job).map(({ Name }) => Name)
}

function usableDefinitions(job: JobRecord): UsableDefinition[] {
  return definitionsOf(job).flatMap(({ Name, Regex }) => {
    try {
      const regex = pythonRegex(Regex)
      return groupCount(regex) > 0 ? [{ name: Name, regex }] : []
    } catch {
      // The job's log names a regex that cannot be read.
      return []
    }
  })
}

function definitionsOf(job: JobRecord): MetricDefinition[] {
  const algorithm = object(job.request, 'AlgorithmSpecification') ?? {}
  return list(algorithm, 'MetricDefinitions').filter(isObject) as unknown as MetricDefinition[]
}
