/** What waiting took, from Temporal's histories, the service's list of jobs and its log of requests alone. */

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { defaultPayloadConverter } from '@temporalio/common'
import { paginateListTrainingJobs } from '@aws-sdk/client-sagemaker'
import type { Client } from '@temporalio/client'
import type { temporal as protos } from '@temporalio/proto'

import { createAwsClients, destroyClients } from '../src/aws/clients'

type HistoryEvent = protos.api.history.v1.IHistoryEvent

export interface Wait {
  workflowId: string
  jobName: string
  /** From the first look that was scheduled to the workflow task that had its end. */
  events: number
  /** Of them, those of workflow tasks that no worker answered in time, and that were given again. */
  timedOut: number
  wakeUps: number
  /** Looks that came back with a change that was no end. */
  changes: number
  /** Milliseconds since 1970 at which the workflow had heard of the end. */
  seenAt: number
  /** The same of its last wake-up. */
  wokenAt: number | undefined
}

/** Reads the wait of each training, whose workflow must have ended; 20 at a time. */
export async function readWaits(options: {
  temporal: Client
  workflowIds: string[]
}): Promise<{ waits: Wait[]; lost: string[] }> {
  const { temporal, workflowIds } = options
  const waits: Wait[] = []
  const lost: string[] = []
  const next = workflowIds.values()
  const reader = async (): Promise<void> => {
    for (const workflowId of next) {
      const { events } = await temporal.workflow.getHandle(workflowId).fetchHistory()
      const isCompleted = events?.at(-1)?.workflowExecutionCompletedEventAttributes
      const wait = isCompleted && waitIn({ workflowId, events: events ?? [] })
      if (wait) waits.push(wait)
      else lost.push(workflowId)
    }
  }
  await Promise.all(Array.from({ length: 20 }, reader))
  return { waits, lost }
}

function waitIn(options: { workflowId: string; events: HistoryEvent[] }): Wait | undefined {
  const { workflowId, events } = options
  const isPoll = (event: HistoryEvent) =>
    event.activityTaskScheduledEventAttributes?.activityType?.name === 'pollJob'
  const polls = events.filter(isPoll)
  const [first] = polls
  const last = polls.at(-1)
  if (!first || !last) return undefined
  const payload = last.activityTaskScheduledEventAttributes?.input?.payloads?.[0]
  if (!payload) return undefined
  const { jobName } = defaultPayloadConverter.fromPayload<{ jobName: string }>(payload)
  const begin = events.indexOf(first)
  const answered = events.findIndex(
    ({ activityTaskCompletedEventAttributes: completed }) =>
      completed?.scheduledEventId?.toString() === last.eventId?.toString(),
  )
  // Where a wake-up brought the end there is no answer: its own look left a marker.
  const marker = events.findLastIndex(({ markerRecordedEventAttributes }) =>
    Boolean(markerRecordedEventAttributes),
  )
  const heard = answered >= 0 ? answered : marker
  if (heard < 0) return undefined
  const end = events.findIndex(
    (event, index) =>
      index > heard &&
      Boolean(
        event.workflowTaskCompletedEventAttributes ??
        event.workflowExecutionCompletedEventAttributes,
      ),
  )
  const during = events.slice(begin, end + 1)
  const wakeUps = during.filter((event) => event.workflowExecutionSignaledEventAttributes)
  return {
    workflowId,
    jobName,
    events: during.length,
    timedOut: during.reduce((sum, event) => sum + eventsOfTimeout(event), 0),
    wakeUps: wakeUps.length,
    wokenAt: wakeUps.length > 0 ? millisecondsOf(wakeUps.at(-1)) : undefined,
    changes: polls.length - 1,
    seenAt: millisecondsOf(events[heard]),
  }
}

/** The timeout itself, the task before it, and its start, if a worker had it. */
function eventsOfTimeout({ workflowTaskTimedOutEventAttributes: late }: HistoryEvent): number {
  if (!late) return 0
  return Number(late.startedEventId ?? 0) > 0 ? 3 : 2
}

function millisecondsOf(event: HistoryEvent | undefined): number {
  const { seconds = 0, nanos = 0 } = event?.eventTime ?? {}
  return Number(seconds) * 1000 + Number(nanos) / 1e6
}

/** When each job ended, in milliseconds since 1970. */
export async function readJobEnds(options: {
  env: Record<string, string>
  nameContains: string
}): Promise<Map<string, number>> {
  const clients = createAwsClients({ env: options.env })
  const ends = new Map<string, number>()
  const pages = paginateListTrainingJobs(
    { client: clients.sagemaker, pageSize: 100 },
    { NameContains: options.nameContains },
  )
  for await (const { TrainingJobSummaries = [] } of pages) {
    for (const { TrainingJobName = '', TrainingEndTime } of TrainingJobSummaries)
      if (TrainingEndTime) ends.set(TrainingJobName, TrainingEndTime.getTime())
    // Two lists a second are all that there are.
    await sleep(600)
  }
  destroyClients(clients)
  return ends
}

export interface ServedCall {
  /** Milliseconds since 1970. */
  time: number
  operation: string
  /** `OK`, or the error's. */
  code: string
}

/** Every call to SageMaker that was served between two times. */
export function readCalls(options: { requestLog: string; from: number; to: number }): ServedCall[] {
  const { requestLog, from, to } = options
  return readFileSync(requestLog, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"operation":'))
    .map((line) => JSON.parse(line) as ServedCall)
    .filter(({ time, operation }) => time >= from && time <= to && !isNoCall(operation))
}

/** Reading the queue is not SageMaker's. */
function isNoCall(operation: string): boolean {
  return /Message$/.test(operation)
}
