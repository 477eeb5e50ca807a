import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client'

import { deploymentIdOf, type ServeSite } from '../deploy/release'
import { controlTaskQueue } from '../task-queues'
import { judgeEndpoint, type EndpointJudge } from './judge-endpoint'
import type { EndpointRemedy, JudgedEndpoint } from './judged-endpoint'

/** Workflows, in the words that Temporal's own UI shows. */
const remedies: Record<EndpointRemedy, { workflow: string; summary: string }> = {
  undeploy: { workflow: 'undeployment', summary: 'deleted' },
  'go back': { workflow: 'goingBack', summary: 'back to the version in front' },
}

/**
 * Takes a second look at an endpoint that is due, and starts its remedy under the one id that changes
 * of the endpoint have: one that is being deployed anew is left alone.
 */
export async function endEndpoint(options: {
  judge: EndpointJudge
  site: ServeSite
  due: JudgedEndpoint
}): Promise<JudgedEndpoint> {
  const { judge, site, due } = options
  const { endpointName } = due
  const again = await judgeEndpoint({ judge, endpoint: due })
  if (again?.verdict !== 'due' || again.remedy !== due.remedy)
    return { ...due, verdict: 'kept', why: again?.why ?? 'it is gone' }
  const { workflow, summary } = remedies[again.remedy]
  try {
    await judge.temporal.workflow.start(workflow, {
      workflowId: deploymentIdOf(endpointName),
      taskQueue: controlTaskQueue,
      args: [{ endpointName, site }],
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
      memo: { asked: again.remedy },
      staticSummary: `${endpointName}: ${summary}, as ${again.why}`,
    })
    return { ...again, verdict: 'started' }
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    return { ...again, verdict: 'busy', why: 'another change of it is under way' }
  }
}
