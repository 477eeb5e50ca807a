import { GetLogEventsCommand, type LogStream } from '@aws-sdk/client-cloudwatch-logs'

import { logStreamsOf } from '../src/aws/log-streams'
import { messageOf } from '../src/errors'
import { cutSecrets } from '../src/config/secrets'
import { logGroups } from '../src/log-groups'
import type { JobKind } from '../src/job'
import type { RunSite } from '../src/run-site'
import type { Dependencies } from './dependencies'

export interface Tail {
  kind: JobKind
  jobName: string
  lines: number
  /** Where the job is. */
  site: RunSite
}

/**
 * The last lines of a job's newest start, oldest first, each cut at 300 characters. Those of several
 * hosts are told apart by the host's name: the one that failed is among them.
 */
export async function readLogTail(deps: Dependencies, tail: Tail): Promise<string[]> {
  const { kind, jobName, lines } = tail
  try {
    const newest = newestOfEachHost(await logStreamsOf({ logs: deps.logs, kind, jobName }))
    const read = await Promise.all(
      newest.map((stream) => lastEvents({ deps, tail, stream, named: newest.length > 1 })),
    )
    return read
      .flat()
      .sort((a, b) => a.timestamp - b.timestamp)
      .slice(-lines)
      .map(({ text }) => text)
  } catch (error) {
    // Logs appear late and may be forbidden: they never fail a run.
    deps.log.warn({ jobName, error: messageOf(error) }, 'could not read the log')
    return []
  }
}

/** Milliseconds since 1970: when any host of the job wrote its last line; null without a line. */
export async function lastEventOf(
  { logs }: Pick<Dependencies, 'logs'>,
  { kind, jobName }: Pick<Tail, 'kind' | 'jobName'>,
): Promise<number | null> {
  const logGroupName = logGroups[kind]
  const streams = await logStreamsOf({ logs, kind, jobName })
  // lastEventTimestamp of a stream may be an hour old (API reference), so its last line is read.
  const last = await Promise.all(
    newestOfEachHost(streams).map(async ({ name: logStreamName }) => {
      const { events = [] } = await logs.send(
        new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: false, limit: 1 }),
      )
      return events.at(-1)?.timestamp ?? 0
    }),
  )
  const newest = Math.max(0, ...last)
  return newest === 0 ? null : newest
}

/** A stream is `<job>/algo-2-1764000000`; each start of a host has one of its own. */
function newestOfEachHost(streams: LogStream[]): HostStream[] {
  const newest = new Map<string, HostStream & { since: number }>()
  for (const { logStreamName: name, creationTime: since = 0 } of streams) {
    if (name === undefined) continue
    const host = /\/(algo-\d+)/.exec(name)?.[1] ?? ''
    if ((newest.get(host)?.since ?? -1) <= since) newest.set(host, { host, name, since })
  }
  return [...newest.values()]
}

interface HostStream {
  host: string
  name: string
}

async function lastEvents(options: {
  deps: Dependencies
  tail: Tail
  stream: HostStream
  named: boolean
}): Promise<{ timestamp: number; text: string }[]> {
  const { deps, tail, stream, named } = options
  const { events = [] } = await deps.logs.send(
    new GetLogEventsCommand({
      logGroupName: logGroups[tail.kind],
      logStreamName: stream.name,
      startFromHead: false,
      limit: tail.lines,
    }),
  )
  return events.map(({ message = '', timestamp = 0 }) => {
    const line = cutSecrets(message.trimEnd())
    return { timestamp, text: (named ? `[${stream.host}] ${line}` : line).slice(0, 300) }
  })
}
