import { setTimeout as sleep } from 'node:timers/promises'

import { GetLogEventsCommand, type CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'

import { isNotThere } from '../aws/classify-error'
import { logStreamsOf } from '../aws/log-streams'
import { logGroups } from '../log-groups'
import type { JobKind } from '../job'

export interface LogLine {
  /** Milliseconds since 1970. */
  timestamp: number
  message: string
  jobName: string
}

/**
 * Reads a job's log as it grows: each call of `read` returns what has come since the last.
 *
 * @param options.tokens where to go on, by stream: what `tokens()` of an earlier reader gave
 * @param options.mostPages most pages of one `read`; the next one goes on after them
 */
export function jobLogReader(options: {
  logs: CloudWatchLogsClient
  kind: JobKind
  jobName: string
  tokens?: Record<string, string>
  mostPages?: number
  /** Ends what is under way. */
  signal?: AbortSignal
}) {
  const { logs, kind, jobName, mostPages = Infinity, signal } = options
  const logGroupName = logGroups[kind]
  const tokens = new Map<string, string | undefined>(Object.entries(options.tokens ?? {}))
  const until = signal ? { abortSignal: signal } : {}
  let pagesLeft = mostPages

  async function streams(): Promise<string[]> {
    const found = await logStreamsOf({ logs, kind, jobName, ...until })
    return found
      .sort((a, b) => (a.creationTime ?? 0) - (b.creationTime ?? 0))
      .flatMap(({ logStreamName }) => (logStreamName === undefined ? [] : [logStreamName]))
  }

  /** Adds what is new; a log may have millions of lines. */
  async function readStream(logStreamName: string, lines: LogLine[]): Promise<void> {
    for (;;) {
      if (pagesLeft-- <= 0) return
      const nextToken = tokens.get(logStreamName)
      const page = await logs.send(
        new GetLogEventsCommand({ logGroupName, logStreamName, startFromHead: true, nextToken }),
        until,
      )
      for (const { timestamp = 0, message = '' } of page.events ?? [])
        lines.push({ timestamp, message: message.trimEnd(), jobName })
      tokens.set(logStreamName, page.nextForwardToken)
      // The service says "no more for now" by handing back the token that it was given.
      if (page.nextForwardToken === nextToken) return
    }
  }

  return {
    async read(): Promise<LogLine[]> {
      pagesLeft = mostPages
      try {
        const lines: LogLine[] = []
        for (const name of await streams()) await readStream(name, lines)
        return lines
      } catch (error) {
        if (isNotThere(error)) return []
        throw error
      }
    },

    /** How far each stream has been read. */
    tokens(): Record<string, string> {
      return Object.fromEntries(
        [...tokens].flatMap(([stream, token]) => (token === undefined ? [] : [[stream, token]])),
      )
    },
  }
}

/** Lines of one job until `ended` says that no more will come. */
export async function* followJob(options: {
  reader: ReturnType<typeof jobLogReader>
  ended: () => Promise<boolean>
  signal?: AbortSignal
}): AsyncGenerator<LogLine> {
  const { reader, ended, signal } = options
  for (;;) {
    // Asked before reading, so that the last lines are read once more after the end.
    const last = await ended()
    yield* await reader.read()
    if (last || signal?.aborted) return
    await sleep(1_000, undefined, { signal }).catch(() => undefined)
  }
}
