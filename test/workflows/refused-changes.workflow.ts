/** Changes of an endpoint that are refused: what is said of them afterwards. */

import { ApplicationFailure } from '@temporalio/common'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import type { ServingActivities } from '../../activities'
import type { DeploymentState, Release } from '../../src/deploy/release'
import { controlTaskQueue } from '../../src/task-queues'
import { scriptedWorld, site } from './scripted-world'
import { eachInItsOwnTime, resultWithin, type Workers } from './time-skipping'

let env: TestWorkflowEnvironment
let workers: Workers

eachInItsOwnTime({
  begin: (own) => ({ env, workers } = own),
})

const endpointName = 'theirs'
const release: Release = {
  ...{ endpointName, version: '0123456789', name: 'theirs-0123456789', variantName: 'v' },
  ...{ source: 'reviews, version 1', model: {}, config: {}, rollout: {} },
} as Release

const changes: [workflowType: string, input: object][] = [
  ['deployment', { release, site }],
  ['rollback', { endpointName, site }],
  ['undeployment', { endpointName, site }],
]

test('a change of an endpoint that is somebody else’s says why it was refused', async () => {
  const readEndpointFails = ApplicationFailure.create({
    message: 'it exists, and Holdfast did not make it',
    type: 'E_ENDPOINT_NOT_OURS',
    nonRetryable: true,
    details: [{ hint: 'choose another endpointName' }],
  })
  await workers.inWorld({
    world: scriptedWorld({ trainings: [], readEndpointFails }),
    work: async () => {
      for (const [workflowType, input] of changes) {
        const handle = await env.client.workflow.start(workflowType, {
          workflowId: `refused-${workflowType}`,
          taskQueue: controlTaskQueue,
          args: [input],
        })
        await expect(resultWithin(20_000, handle)).rejects.toThrow()
        const { memo, status } = await handle.describe()
        expect(status.name).toBe('FAILED')
        const state = memo?.['deployment'] as DeploymentState
        expect({ workflowType, ...state }).toMatchObject({
          workflowType,
          outcome: 'failed',
          error: {
            code: 'E_ENDPOINT_NOT_OURS',
            message: 'it exists, and Holdfast did not make it',
            hint: 'choose another endpointName',
          },
        })
      }
    },
  })
}, 90_000)

test('a deployment whose way back fails too says both, and that it stands half done', async () => {
  const world = scriptedWorld({ trainings: [] })
  const refused = (message: string) => () =>
    Promise.reject(ApplicationFailure.nonRetryable(message, 'E_ACCESS_DENIED'))
  const serving: Partial<ServingActivities> = {
    createRelease: refused('no model may be made'),
    stopScaling: refused('nothing may be scaled'),
  }
  await workers.inWorld({
    world: { ...world, control: { ...world.control, ...serving } },
    work: async () => {
      const handle = await env.client.workflow.start('deployment', {
        workflowId: 'half-done',
        taskQueue: controlTaskQueue,
        args: [{ release, site }],
      })
      await expect(resultWithin(20_000, handle)).rejects.toThrow()
      const { memo } = await handle.describe()
      expect(memo?.['deployment']).toMatchObject({
        outcome: 'failed',
        error: {
          code: 'E_DEPLOY_HALF_DONE',
          message: 'no model may be made; and the way back failed: nothing may be scaled',
        },
      })
    },
  })
}, 60_000)
