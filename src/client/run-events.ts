import { setTimeout as sleep } from 'node:timers/promises'

import type {
  Published,
  RunError,
  RunOutcome,
  RunStatus,
  StageName,
  StageState,
} from '../run-state'
import { jobLogReader } from './job-logs'
import { parseLogLine } from './parse-log-line'
import { readRun } from './read-status'
import type { Session } from './session'

export type RunEvent =
  | { type: 'stage'; stage: StageName; state: StageState; note?: string }
  | { type: 'job'; jobName: string; status: string; secondaryStatus: string }
  | { type: 'metric'; step: number; values: Record<string, number> }
  | { type: 'interrupted'; jobName: string; count: number }
  | { type: 'resumed'; jobName: string; step: number; lost: number }
  | { type: 'published'; published: Published }
  | { type: 'ended'; state: RunOutcome; error: RunError | null }

/** Milliseconds between two readings. */
const period = 1_000

/**
 * A run as it happens, from its beginning: who comes late is told everything once. Ends with the
 * run, or when `signal` is aborted.
 */
export async function* runEvents(options: {
  id: string
  session: Session
  signal?: AbortSignal
}): AsyncGenerator<RunEvent> {
  const { id, session, signal } = options
  const readers = new Map<string, ReturnType<typeof jobLogReader>>()
  let before: RunStatus | undefined

  while (!signal?.aborted) {
    const { status } = await readRun({ id, session })
    const changes = changesBetween(before, status)
    yield* changes.filter(({ type }) => type !== 'published' && type !== 'ended')
    for (const { jobName } of status.training.attempts) {
      if (jobName === '') continue
      const reader =
        readers.get(jobName) ?? jobLogReader({ logs: session.aws.logs, kind: 'training', jobName })
      readers.set(jobName, reader)
      for (const { message } of await readQuietly(reader)) {
        const fact = parseLogLine(message)
        if (fact?.type === 'metric') yield fact
        if (fact?.type === 'resumed') yield { ...fact, jobName }
      }
    }
    yield* changes.filter(({ type }) => type === 'published' || type === 'ended')
    if (status.state !== 'running') return
    before = status
    await sleep(period, undefined, { signal }).catch(() => undefined)
  }
}

/** Logs are a courtesy: a run is followed without them when they cannot be read. */
async function readQuietly(reader: ReturnType<typeof jobLogReader>) {
  try {
    return await reader.read()
  } catch {
    return []
  }
}

export function changesBetween(before: RunStatus | undefined, after: RunStatus): RunEvent[] {
  const events: RunEvent[] = []
  for (const stage of after.stages) {
    const old = before?.stages.find(({ name }) => name === stage.name)
    if (stage.state === (old?.state ?? 'pending')) continue
    events.push({
      type: 'stage',
      stage: stage.name,
      state: stage.state,
      ...(stage.note ? { note: stage.note } : {}),
    })
  }
  for (const [index, attempt] of after.training.attempts.entries()) {
    const { jobName, status, secondaryStatus, interruptions } = attempt
    const old = before?.training.attempts[index]
    if (jobName === '') continue
    if (interruptions > (old?.interruptions ?? 0))
      events.push({ type: 'interrupted', jobName, count: interruptions })
    if (status !== old?.status || secondaryStatus !== old.secondaryStatus)
      events.push({ type: 'job', jobName, status, secondaryStatus })
  }
  if (after.published && !before?.published)
    events.push({ type: 'published', published: after.published })
  if (after.state !== 'running')
    events.push({ type: 'ended', state: after.state, error: after.error })
  return events
}
