/** Holdfast's workflows, and one of our own around them. */

import {
  ChildWorkflowCancellationType,
  executeChild,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow'
import { pipeline, type PipelineInput, type PipelineResult } from 'holdfast/workflows'

import type * as activities from './activities'

// Without this line the worker would not know what a pipeline is.
export * from 'holdfast/workflows'

const { tell } = proxyActivities<typeof activities>({ startToCloseTimeout: '1 minute' })

/** Trains, then tells how it went. The child is a run like any other: `holdfast ls` shows it. */
export async function retrainAndTell(input: PipelineInput): Promise<PipelineResult> {
  const { name } = input.pipeline
  const result = await executeChild(pipeline, {
    workflowId: `${workflowInfo().workflowId}/run`,
    args: [input],
    // When we are cancelled, wait: the run stops its paid job first.
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
  }).catch(async (error: unknown) => {
    if (!isCancellation(error)) await tell({ pipeline: name, outcome: 'failed', version: null })
    throw error
  })
  const { outcome, state } = result
  await tell({ pipeline: name, outcome, version: state.published?.version ?? null })
  return result
}
