/** GetLogEvents: one stream, forwards or backwards, by tokens that are byte offsets. */

import { invalidParameter } from '../aws-error'
import { number, requiredText, text, type Json } from '../json'
import type { Operation } from '../operations/context'
import { groupOf } from './group-of'
import { logStream, readLines, type LogLine } from './log-files'

/** API reference: an answer holds up to 10,000 events and 1 MB; an event counts 26 bytes besides its text. */
const mostEvents = 10_000
const mostBytes = 1_048_576
const eventOverhead = 26

/** Read at a time: more than an answer can hold, whatever the JSON around the messages. */
const window = 4 * mostBytes

export const getLogEvents: Operation = async (context, input) => {
  const group = groupOf(input)
  const { file, size } = await logStream({
    logsDir: context.logsDir,
    group,
    stream: requiredText(input, 'logStreamName'),
  })
  const token = text(input, 'nextToken')
  const limit = number(input, 'limit') ?? mostEvents
  const place = token === undefined ? undefined : parseToken({ token, size })
  const isForward = place ? place.direction === 'f' : input.startFromHead === true
  const page = isForward
    ? await forward({ file, from: place?.offset ?? 0, size, limit, input })
    : await backward({ file, to: place?.offset ?? size, limit, input })
  return {
    output: {
      events: page.events.map(({ timestamp, message }) => ({
        timestamp,
        message,
        ingestionTime: timestamp,
      })),
      // At the end of the stream the token is the one that was passed in (API reference).
      nextForwardToken: tokenOf('f', page.end),
      nextBackwardToken: tokenOf('b', page.start),
    },
  }
}

interface Page {
  events: LogLine[]
  start: number
  end: number
}

async function forward(options: {
  file: string
  from: number
  size: number
  limit: number
  input: Json
}): Promise<Page> {
  const { file, from, size, limit, input } = options
  const near = await readLines({ file, from, to: Math.min(size, from + window) })
  // One line longer than the window: only the whole rest is sure to hold it.
  const { lines, end } = near.end > from ? near : await readLines({ file, from, to: size })
  const events: LogLine[] = []
  let bytes = 0
  for (const line of lines) {
    if (!isWanted(line, input)) continue
    bytes += Buffer.byteLength(line.message) + eventOverhead
    if (events.length === limit || (bytes > mostBytes && events.length > 0)) {
      return { events, start: from, end: line.start }
    }
    events.push(line)
  }
  return { events, start: from, end }
}

async function backward(options: {
  file: string
  to: number
  limit: number
  input: Json
}): Promise<Page> {
  const { file, to, limit, input } = options
  const { lines, end } = await readLines({ file, from: 0, to })
  const events: LogLine[] = []
  let bytes = 0
  for (const line of lines.filter((each) => isWanted(each, input)).reverse()) {
    bytes += Buffer.byteLength(line.message) + eventOverhead
    if (events.length === limit || (bytes > mostBytes && events.length > 0)) break
    events.unshift(line)
  }
  return { events, start: events[0]?.start ?? 0, end }
}

/** API reference: startTime is included, endTime is not; milliseconds. */
export function isWanted(line: { timestamp: number }, input: Json): boolean {
  const startTime = number(input, 'startTime') ?? 0
  const endTime = number(input, 'endTime') ?? Infinity
  return line.timestamp >= startTime && line.timestamp < endTime
}

function tokenOf(direction: 'f' | 'b', offset: number): string {
  return `${direction}/${String(offset).padStart(56, '0')}`
}

function parseToken(options: { token: string; size: number }): {
  direction: string
  offset: number
} {
  const match = /^([fb])\/(\d{56})$/.exec(options.token)
  if (!match) throw invalidParameter('The specified nextToken is invalid.')
  return { direction: match[1] ?? '', offset: Math.min(options.size, Number(match[2])) }
}
