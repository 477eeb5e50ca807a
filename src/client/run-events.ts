import { setTimeout as sleep } from 'node:timers/promises'

import {
  stageNames,
  type Approval,
  type Published,
  type RunError,
  type RunOutcome,
  type RunStatus,
  type StageName,
  type StageState,
} from '../run-state'
import { jobLogReader } from './job-logs'
import { isHelperLine, parseLogLine } from './parse-log-line'
import { readRun } from './read-status'
import type { Session } from './session'

export type RunEvent =
  | {
      type: 'stage'
      stage: StageName
      state: StageState
      note?: string
      /** ISO 8601, UTC. */
      startedAt?: string
      endedAt?: string
    }
  | { type: 'job'; jobName: string; status: string; secondaryStatus: string }
  | { type: 'metric'; step: number; values: Record<string, number> }
  | { type: 'interrupted'; jobName: string; count: number }
  | { type: 'resumed'; jobName: string; step: number; lost: number }
  | { type: 'approval'; approval: Approval }
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
  const followed = new Map<string, FollowedJob>()
  let before: RunStatus | undefined

  while (!signal?.aborted) {
    const { status } = await readRun({ id, session })
    const changes = changesBetween(before, status)
    yield* changes.filter((event) => !comesAfterTraining(event))
    for (const { jobName, placement } of status.training.attempts) {
      if (jobName === '') continue
      const { region } = placement
      const job = followed.get(jobName) ?? {
        reader: jobLogReader({
          logs: (region === undefined ? session.aws : session.awsIn(region)).logs,
          kind: 'training',
          jobName,
        }),
        hasHelper: false,
      }
      followed.set(jobName, job)
      yield* await newFacts({ job, jobName })
    }
    yield* changes.filter(comesAfterTraining)
    if (status.state !== 'running') return
    before = status
    await sleep(period, undefined, { signal }).catch(() => undefined)
  }
}

interface FollowedJob {
  reader: ReturnType<typeof jobLogReader>
  /** Whether the script uses our checkpoint helper. */
  hasHelper: boolean
}

async function newFacts(options: { job: FollowedJob; jobName: string }): Promise<RunEvent[]> {
  const { job, jobName } = options
  const events: RunEvent[] = []
  for (const { message } of await readQuietly(job.reader)) {
    if (isHelperLine(message)) job.hasHelper = true
    else if (job.hasHelper) continue
    const fact = parseLogLine(message)
    if (fact?.type === 'metric') events.push(fact)
    if (fact?.type === 'resumed') events.push({ ...fact, jobName })
  }
  return events
}

/** Logs are a courtesy: a run is followed without them when they cannot be read. */
async function readQuietly(reader: ReturnType<typeof jobLogReader>) {
  try {
    return await reader.read()
  } catch {
    return []
  }
}

/** Of one reading: what the training's job did and logged is told before what followed from it. */
function comesAfterTraining(event: RunEvent): boolean {
  if (['approval', 'published', 'ended'].includes(event.type)) return true
  if (event.type !== 'stage') return false
  if (event.stage === 'train') return event.state !== 'running'
  return stageNames.indexOf(event.stage) > stageNames.indexOf('train')
}

/** Not by its place: of many attempts without a machine the oldest are forgotten. The newest gets its name late. */
function sameAttempt({ before, jobName }: { before: RunStatus; jobName: string }) {
  const { attempts } = before.training
  const named = (name: string) => attempts.find((each) => each.jobName === name)
  return named(jobName) ?? named('')
}

/** In the order in which it happened, as far as two readings tell. */
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
      ...(stage.startedAt ? { startedAt: stage.startedAt } : {}),
      ...(stage.endedAt ? { endedAt: stage.endedAt } : {}),
    })
  }
  for (const attempt of after.training.attempts) {
    const { jobName, status, secondaryStatus, interruptions } = attempt
    if (jobName === '') continue
    const old = before && sameAttempt({ before, jobName })
    if (interruptions > (old?.interruptions ?? 0))
      events.push({ type: 'interrupted', jobName, count: interruptions })
    // Between two looks the memo may still say how the job began.
    const stale =
      old !== undefined && secondaryStatus === 'Starting' && interruptions === old.interruptions
    if (!stale && (status !== old?.status || secondaryStatus !== old.secondaryStatus))
      events.push({ type: 'job', jobName, status, secondaryStatus })
  }
  const approval = after.gate?.approval
  if (approval && approval.state !== before?.gate?.approval?.state)
    events.push({ type: 'approval', approval })
  if (after.published && !before?.published)
    events.push({ type: 'published', published: after.published })
  if (after.state !== 'running')
    events.push({ type: 'ended', state: after.state, error: after.error })
  return [
    ...events.filter((event) => !comesAfterTraining(event)),
    ...events.filter(comesAfterTraining),
  ]
}
