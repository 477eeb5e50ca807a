import { paginateListEndpoints } from '@aws-sdk/client-sagemaker'
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client'

import { deploymentIdOf, serveTags } from '../src/deploy/release'
import { controlTaskQueue } from '../src/task-queues'
import type { Dependencies } from './dependencies'
import { ownerTagOf, tagsOf, whenThere } from './endpoint-service'

/**
 * Has the endpoints of this namespace deleted that have outlived their `ttl`. Each by the workflow
 * that `undeploy` starts, under the one id that changes of the endpoint have: one that is being
 * deployed anew is left alone, and its life begins anew.
 */
export async function endExpiredEndpoints(
  deps: Dependencies,
  /** The next pass takes the others. */
  { most }: { most: number },
): Promise<{ endpoints: string[] }> {
  const endpoints: string[] = []
  for await (const { Endpoints = [] } of paginateListEndpoints({ client: deps.sagemaker }, {})) {
    for (const { EndpointName: name = '', EndpointArn = '' } of Endpoints) {
      const tags = (await whenThere(() => tagsOf(deps.sagemaker, EndpointArn))) ?? {}
      if (tags['holdfast:owner'] !== ownerTagOf(deps, name)) continue
      // Not a date: nothing is concluded.
      if (!(Date.parse(tags[serveTags.expiresAt] ?? '') < Date.now())) continue
      if (await startUndeployment(deps, name)) endpoints.push(name)
      if (endpoints.length >= most) return { endpoints }
    }
  }
  return { endpoints }
}

/** False: another change of it is under way. */
async function startUndeployment(deps: Dependencies, endpointName: string): Promise<boolean> {
  const site = { account: await deps.account(), region: deps.region }
  try {
    await deps.temporal.workflow.start('undeployment', {
      workflowId: deploymentIdOf(endpointName),
      taskQueue: controlTaskQueue,
      args: [{ endpointName, site }],
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
      memo: { asked: 'undeploy' },
      staticSummary: `${endpointName}: deleted, as it has expired`,
    })
    return true
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false
    throw error
  }
}
