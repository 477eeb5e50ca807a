import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common'
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  startChild,
  workflowInfo,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow'

import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { NightlyState, ResolvedSchedule, Revision } from '../src/nightly-state'
import { startAttributes } from '../src/search-attributes'
import { endingOf, runErrorOf } from './failures'
import { nightAnnouncer } from './night-announcer'
import { control, heavy } from './options'
import { pipeline as pipelineWorkflow } from './pipeline'
import { nightRunId, whatChanged } from './what-changed'

export interface NightlyInput {
  pipeline: ResolvedPipeline
  /** As the config says it, to be read back from the schedule; a night itself needs none of it. */
  schedule?: ResolvedSchedule
}

export type NightlyResult = NightlyState

/** Temporal's own, of what a schedule starts: when it was due, before jitter and waiting. */
const scheduledStartTime = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
)

/**
 * Is there anything new? Then the pipeline.
 *
 * A night that finds nothing changed since the last published run ends "skipped" and says so. A run
 * that fails fails the night too, so that the schedule may pause; one that somebody cancels by hand
 * does not.
 */
export async function nightly({ pipeline }: NightlyInput): Promise<NightlyResult> {
  const night = nightAnnouncer({ pipeline })
  try {
    const revision = await heavy.resolveRevision({ pipeline })
    const last = await control.readLastPublished({ pipeline })
    const { changed, reason } = whatChanged({ pipeline, revision, last })
    if (!changed) return night.ended({ outcome: 'skipped', reason })

    night.because(reason)
    const run = await startRun({ pipeline, revision })
    if (run === 'exists already')
      return night.ended({
        outcome: 'skipped',
        reason: `the run of this firing, ${thisNight(pipeline)}, was started already; trigger the schedule for another`,
      })
    night.startedRun(run.workflowId)
    const { outcome, state } = await run.result()
    return night.ended({ outcome, version: state.published?.version ?? null })
  } catch (error) {
    const { cancelled, failure } = endingOf(error)
    if (!cancelled) {
      night.ended({ outcome: 'failed', error: runErrorOf(error) })
      throw failure
    }
    const state = night.ended({ outcome: 'cancelled' })
    if (CancellationScope.current().consideredCancelled) throw failure
    return state
  }
}

/** One run for each firing: a backfill of the same time, or a reset, does not pay for it again. */
async function startRun(options: { pipeline: ResolvedPipeline; revision: Revision }) {
  const { pipeline } = options
  try {
    return await startChild(pipelineWorkflow, {
      workflowId: thisNight(pipeline),
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      args: [options],
      // Cancelled with us, and its end awaited: it stops its paid job first.
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      typedSearchAttributes: startAttributes({ pipeline, stage: 'preprocess' }),
      staticSummary: `${pipeline.name}: preprocess → train → publish`,
    })
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'exists already'
    throw error
  }
}

/** Named for when the night was due, not for when a worker took it up. */
function thisNight({ name }: ResolvedPipeline): string {
  const { typedSearchAttributes, startTime } = workflowInfo()
  return nightRunId({
    pipeline: name,
    due: typedSearchAttributes.get(scheduledStartTime) ?? startTime,
  })
}
