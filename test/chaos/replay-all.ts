import { join } from 'node:path'

import type { Client } from '@temporalio/client'
import { Worker } from '@temporalio/worker'

import { packageRoot } from '../../src/package-root'

/** I10: replays every history that the server holds against the workflows of this build. */
export async function replayAll(options: {
  temporal: Client
}): Promise<{ histories: number; differences: string[] }> {
  const { temporal } = options
  const ids: { workflowId: string; runId: string }[] = []
  for await (const { workflowId, runId } of temporal.workflow.list())
    ids.push({ workflowId, runId })
  async function* histories() {
    for (const { workflowId, runId } of ids)
      yield {
        workflowId,
        history: await temporal.workflow.getHandle(workflowId, runId).fetchHistory(),
      }
  }
  const codePath = join(packageRoot(), 'dist', 'workflow-bundle.js')
  const differences: string[] = []
  let count = 0
  const replayed = Worker.runReplayHistories({ workflowBundle: { codePath } }, histories())
  for await (const { workflowId, error } of replayed) {
    count++
    if (error) differences.push(`${workflowId}: ${error.message}`)
  }
  return { histories: count, differences }
}
