/** FilterLogEvents: many streams of a group, in order of time. */

import { createHash } from 'node:crypto'
import { invalidParameter } from '../aws-error'
import { defined, list, text, type Json } from '../json'
import type { Operation } from '../operations/context'
import { pageOf } from '../page'
import { compileFilterPattern } from './filter-pattern'
import { isWanted } from './get-log-events'
import { groupOf } from './group-of'
import { logStreams, readLines, type LogLine, type LogStream } from './log-files'

/** API reference: up to 10,000 events to a page. */
const mostEvents = 10_000

interface Event extends LogLine {
  stream: string
}

export const filterLogEvents: Operation = async (context, input) => {
  const { nextToken: given, limit, ...filter } = input
  const group = groupOf(input)
  const matches = compileFilterPattern(text(input, 'filterPattern') ?? '')
  const streams = selectStreams({
    streams: await logStreams({ logsDir: context.logsDir, group }),
    input,
  })
  const events = (await Promise.all(streams.map(eventsOf))).flat()
  const { items, nextToken } = pageOf({
    items: events.filter((event) => isWanted(event, input) && matches(event.message)),
    sortKey: (event) => event.timestamp,
    id: (event) => `${event.stream} ${String(event.start).padStart(16, '0')}`,
    size: typeof limit === 'number' ? limit : mostEvents,
    token: typeof given === 'string' ? given : undefined,
    filter,
    refuse: invalidParameter,
  })
  return {
    output: defined({
      events: items.map((event) => ({
        logStreamName: event.stream,
        timestamp: event.timestamp,
        message: event.message,
        ingestionTime: event.timestamp,
        eventId: eventId(event),
      })),
      // Deprecated and always empty (API reference).
      searchedLogStreams: [],
      nextToken,
    }),
  }
}

function selectStreams(options: { streams: LogStream[]; input: Json }): LogStream[] {
  const { streams, input } = options
  const names = list(input, 'logStreamNames')
  const prefix = text(input, 'logStreamNamePrefix')
  // API reference: giving both "is not allowed".
  if (names.length > 0 && prefix !== undefined) {
    throw invalidParameter('logStreamNames and logStreamNamePrefix cannot both be given.')
  }
  return streams.filter(
    ({ name }) => (names.length === 0 || names.includes(name)) && name.startsWith(prefix ?? ''),
  )
}

async function eventsOf(stream: LogStream): Promise<Event[]> {
  const { lines } = await readLines({ file: stream.file, from: 0, to: stream.size })
  return lines.map((line) => ({ ...line, stream: stream.name }))
}

/** 56 digits, like the real ones, and the same at every look. */
function eventId(event: Event): string {
  const hash = createHash('sha256').update(`${event.stream} ${event.start}`).digest('hex')
  return BigInt(`0x${hash}`).toString().slice(0, 56).padStart(56, '0')
}
