/** DescribeLogGroups and DescribeLogStreams. */

import { invalidParameter } from '../aws-error'
import { defined, number, text, type Json } from '../json'
import type { Context, Operation } from '../operations/context'
import { pageOf } from '../page'
import { groupOf } from './group-of'
import { logGroups, logStreams, readLines, type LogStream } from './log-files'

/** API reference: 50 to a page unless fewer are asked for. */
const pageSize = 50

/** Bytes read from each end of a stream to find its first and last event. */
const peek = 64 * 1024

export const describeLogGroups: Operation = async (context, input) => {
  const prefix = text(input, 'logGroupNamePrefix') ?? ''
  const pattern = text(input, 'logGroupNamePattern') ?? ''
  const groups = (await logGroups(context.logsDir)).filter(
    // API reference: a pattern is found anywhere in the name, whatever its case.
    (name) => name.startsWith(prefix) && name.toLowerCase().includes(pattern.toLowerCase()),
  )
  const { items, nextToken } = pageOf({
    items: groups,
    sortKey: (name) => name,
    id: (name) => name,
    size: number(input, 'limit') ?? pageSize,
    token: text(input, 'nextToken'),
    filter: { prefix, pattern },
    refuse: invalidParameter,
  })
  const described = await Promise.all(items.map((name) => describeGroup(context, name)))
  return { output: defined({ logGroups: described, nextToken }) }
}

async function describeGroup(context: Context, name: string): Promise<Json> {
  const streams = await logStreams({ logsDir: context.logsDir, group: name })
  const arn = arnOfGroup(context, name)
  return {
    logGroupName: name,
    creationTime: Math.min(context.now(), ...streams.map(({ createdAt }) => createdAt)),
    metricFilterCount: 0,
    arn: `${arn}:*`,
    logGroupArn: arn,
    logGroupClass: 'STANDARD',
    storedBytes: streams.reduce((sum, { size }) => sum + size, 0),
  }
}

export const describeLogStreams: Operation = async (context, input) => {
  const group = groupOf(input)
  const prefix = text(input, 'logStreamNamePrefix')
  const byTime = text(input, 'orderBy') === 'LastEventTime'
  // API reference: "You cannot specify this parameter if orderBy is LastEventTime".
  if (byTime && prefix !== undefined) {
    throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.')
  }
  const streams = (await logStreams({ logsDir: context.logsDir, group })).filter(({ name }) =>
    name.startsWith(prefix ?? ''),
  )
  const described = await Promise.all(
    streams.map((stream) => describeStream({ context, group, stream })),
  )
  const { items, nextToken } = pageOf({
    items: described,
    sortKey: (stream) => (byTime ? (stream.lastEventTimestamp ?? 0) : stream.logStreamName),
    id: (stream) => stream.logStreamName,
    descending: input.descending === true,
    size: number(input, 'limit') ?? pageSize,
    token: text(input, 'nextToken'),
    filter: { group, prefix, byTime },
    refuse: invalidParameter,
  })
  return {
    output: defined({ logStreams: items.map((stream) => defined({ ...stream })), nextToken }),
  }
}

async function describeStream(options: { context: Context; group: string; stream: LogStream }) {
  const { context, group, stream } = options
  const { file, size, name } = stream
  const head = await readLines({ file, from: 0, to: Math.min(size, peek) })
  // The tail begins somewhere inside a line; what is left of that line is no event and is skipped.
  const tail = await readLines({ file, from: Math.max(0, size - peek), to: size })
  const first = head.lines[0]?.timestamp
  const last = tail.lines.at(-1)?.timestamp
  return {
    logStreamName: name,
    creationTime: stream.createdAt,
    firstEventTimestamp: first,
    lastEventTimestamp: last,
    lastIngestionTime: last,
    arn: `${arnOfGroup(context, group)}:log-stream:${name}`,
    storedBytes: size,
  }
}

function arnOfGroup(context: Context, group: string): string {
  return `arn:aws:logs:${context.region}:${context.account}:log-group:${group}`
}
