/** A schedule as Temporal's API takes it. */

import type { Client as TemporalClient } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'
import { msToTs } from '@temporalio/common/lib/time'

import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { scheduleIdOf, type ResolvedSchedule } from '../nightly-state'
import { searchAttributes } from '../search-attributes'
import { controlTaskQueue } from '../task-queues'

export interface ScheduledPipeline {
  pipeline: ResolvedPipeline
  schedule: ResolvedSchedule
}

type Request = Parameters<TemporalClient['workflowService']['updateSchedule']>[0]
type ScheduleProto = NonNullable<Request['schedule']>

/** temporal.api.enums.v1.ScheduleOverlapPolicy */
const overlapPolicies = { skip: 1, bufferOne: 2 } as const

/**
 * The client's own encoding is not used, because its update cannot say which version of the
 * schedule it has seen: a pause that comes at the same moment would be undone.
 */
export function scheduleProto({ pipeline, schedule }: ScheduledPipeline): ScheduleProto {
  const { cron, timezone, jitter, overlap, catchupWindow, pauseOnFailure } = schedule
  return {
    spec: { cronString: cron, timezoneName: timezone, jitter: seconds(jitter) },
    policies: {
      overlapPolicy: overlapPolicies[overlap],
      catchupWindow: seconds(catchupWindow),
      pauseOnFailure,
    },
    action: {
      startWorkflow: {
        // Temporal appends the time of the firing.
        workflowId: scheduleIdOf(pipeline.name),
        workflowType: { name: 'nightly' },
        taskQueue: { name: controlTaskQueue },
        input: { payloads: [payload({ pipeline, schedule })] },
        searchAttributes: {
          indexedFields: {
            [searchAttributes.pipeline.name]: keyword(pipeline.name),
            ...(pipeline.publish
              ? { [searchAttributes.model.name]: keyword(pipeline.publish.model) }
              : {}),
          },
        },
        userMetadata: { summary: payload(`${pipeline.name}: anything new?`) },
      },
    },
  }
}

/** Kept with the schedule, for lists. */
export function scheduleMemo(pipeline: ResolvedPipeline) {
  return { fields: { pipeline: payload(pipeline.name) } }
}

function payload(value: unknown) {
  return defaultPayloadConverter.toPayload(value)
}

function keyword(value: string) {
  const encoded = payload(value)
  return { ...encoded, metadata: { ...encoded.metadata, type: Buffer.from('Keyword') } }
}

function seconds(value: number) {
  return msToTs(value * 1000)
}
