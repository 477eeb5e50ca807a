/** Changes of an endpoint that are refused: what is said of them afterwards. */

import { ApplicationFailure } from '@temporalio/common'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import type { ServingActivities } from '../../activities'
import type { EndpointNow } from '../../activities/read-endpoint'
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
        await expect(resultWithin(40_000, handle)).rejects.toThrow()
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
}, 150_000)

const endpoint = (changes: Partial<EndpointNow> = {}): EndpointNow => ({
  ...{ arn: 'arn:x', status: 'InService', configName: 'old', stableConfig: 'old' },
  ...{ pendingConfig: null, failureReason: null, variants: [], tried: null, tags: {} },
  ...changes,
})

/** Of deployments to an endpoint that stands; each look at it sees the next of `looks`, the last one again. */
function standingWorld(looks: Partial<EndpointNow>[]) {
  const world = scriptedWorld({ trainings: [] })
  const { calls } = world
  let look = 0
  const serving: Partial<ServingActivities> = {
    readEndpoint: async () => endpoint(),
    pollEndpoint: async () => endpoint(looks[Math.min(look++, looks.length - 1)]),
    createRelease: async ({ release: { name } }) => {
      calls.push(`create ${name}`)
      return { configName: name }
    },
    updateEndpoint: async ({ configName }) => void calls.push(`update to ${configName}`),
    stopScaling: async ({ configName }) => void calls.push(`stop scaling ${configName}`),
    startScaling: async ({ configName }) => void calls.push(`scale ${configName}`),
    removeConfigs: async ({ configs }) => void calls.push(`remove ${configs.join(', ')}`),
  }
  return { ...world, control: { ...world.control, ...serving } }
}

/** The end that its memo tells of. */
async function failedDeployment(workflowId: string): Promise<DeploymentState> {
  const handle = await env.client.workflow.start('deployment', {
    ...{ workflowId, taskQueue: controlTaskQueue, args: [{ release, site }] },
  })
  await expect(resultWithin(40_000, handle)).rejects.toThrow()
  return (await handle.describe()).memo?.['deployment'] as DeploymentState
}

test.each(['OutOfService', 'UpdateRollbackFailed'])(
  'upon an endpoint that is %s nothing is begun, and what can be done is said',
  async (status) => {
    const world = standingWorld([{ status }])
    await workers.inWorld({
      world,
      work: async () => {
        expect(await failedDeployment(`stuck-${status}`)).toMatchObject({
          outcome: 'failed',
          error: {
            code: 'E_ENDPOINT_STUCK',
            message: expect.stringContaining(`theirs is ${status}`) as string,
            hint: expect.stringContaining('holdfast undeploy theirs') as string,
          },
        })
      },
    })
    expect(world.calls).toEqual([])
  },
  120_000,
)

test('a deployment whose way back has led somewhere else deletes nothing that may serve', async () => {
  const refusedByService = { failureReason: 'no capacity' }
  const world = standingWorld([{}, refusedByService, refusedByService, { status: 'Failed' }])
  await workers.inWorld({
    world,
    work: async () => {
      expect(await failedDeployment('nowhere')).toMatchObject({
        outcome: 'failed',
        error: {
          code: 'E_DEPLOY_HALF_DONE',
          message: expect.stringMatching(
            /no capacity; and the way back failed: theirs is Failed/,
          ) as string,
          hint: 'deploy again: an endpoint that has failed is deleted and made anew',
        },
      })
    },
  })
  expect(world.calls).toEqual([
    'create theirs-0123456789',
    'stop scaling old',
    'update to theirs-0123456789',
    'update to old',
  ])
}, 120_000)

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
      await expect(resultWithin(40_000, handle)).rejects.toThrow()
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
}, 120_000)
