/** `holdfast rollback`: an update that is refused, and one that is cancelled amid. */

import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import type { ServingActivities } from '../../activities'
import type { EndpointNow } from '../../activities/read-endpoint'
import { serveTags } from '../../src/deploy/release'
import { controlTaskQueue } from '../../src/task-queues'
import type { rollback } from '../../workflows'
import { scriptedWorld, site } from './scripted-world'
import { eachInItsOwnTime, resultWithin, type Workers } from './time-skipping'

let env: TestWorkflowEnvironment
let workers: Workers

eachInItsOwnTime({
  begin: (own) => ({ env, workers } = own),
})

const endpointName = 'reviews'
const before: EndpointNow = {
  ...{ arn: 'arn:x', status: 'InService', configName: 'new', stableConfig: 'new' },
  ...{ pendingConfig: null, failureReason: null, variants: [], tried: null },
  tags: { [serveTags.previous]: 'old' },
}

/** An endpoint that has two versions, and is scaled. */
function servingWorld(changes: Partial<ServingActivities> = {}) {
  const world = scriptedWorld({ trainings: [] })
  const { calls } = world
  let configName = 'new'
  const serving: Partial<ServingActivities> = {
    readEndpoint: async () => before,
    pollEndpoint: async () => ({ ...before, configName }),
    updateEndpoint: async ({ configName: to }) => {
      calls.push(`update to ${to}`)
      configName = to
    },
    stopScaling: async (of) => void calls.push(`stop scaling ${of.configName}`),
    startScaling: async (of) => void calls.push(`scale ${of.configName}`),
    recordEndpoint: async ({ previous }) => void calls.push(`before it: ${previous}`),
    ...changes,
  }
  return { ...world, control: { ...world.control, ...serving } }
}

const start = () =>
  env.client.workflow.start<typeof rollback>('rollback', {
    workflowId: `deploy-${endpointName}`,
    taskQueue: controlTaskQueue,
    args: [{ endpointName, site }],
  })

test('a rollback whose update is refused leaves what serves scaled as it was', async () => {
  const gone = ApplicationFailure.nonRetryable('could not find the configuration', 'E_NOT_FOUND')
  const world = servingWorld({ updateEndpoint: () => Promise.reject(gone) })
  await workers.inWorld({
    world,
    work: async () => {
      await expect(resultWithin(40_000, await start())).rejects.toMatchObject({
        cause: { cause: { type: 'E_NOT_FOUND' } },
      })
    },
  })
  expect(world.calls).toEqual(['stop scaling new', 'scale new'])
}, 120_000)

test('a rollback that is cancelled amid its update is seen through: the tags say what serves', async () => {
  let isCancelled = false
  let looks = 0
  const notYet = ApplicationFailure.create({
    ...{ message: 'Updating', type: 'NotYet', nextRetryDelay: '30s' },
    category: ApplicationFailureCategory.BENIGN,
  })
  const world = servingWorld({
    pollEndpoint: async () => {
      // The first one is before the update.
      if (++looks > 1 && !isCancelled) throw notYet
      return { ...before, configName: looks > 1 ? 'old' : 'new' }
    },
  })
  await workers.inWorld({
    world,
    work: async () => {
      const handle = await start()
      while (!world.calls.includes('update to old')) await env.sleep('1s')
      await handle.cancel()
      await env.sleep('1s')
      isCancelled = true
      expect(await resultWithin(40_000, handle)).toMatchObject({
        ...{ outcome: 'deployed', configName: 'old', previous: 'new' },
      })
    },
  })
  expect(world.calls).toEqual(['stop scaling new', 'update to old', 'scale old', 'before it: new'])
}, 120_000)

test('a rollback that leaves the endpoint out of service says so, and the tags say which version is in it', async () => {
  const world = servingWorld()
  const { pollEndpoint } = world.control
  if (!pollEndpoint) throw new Error('no poll')
  world.control.pollEndpoint = async (input) => {
    const view = await pollEndpoint(input)
    return view && { ...view, status: view.configName === 'old' ? 'OutOfService' : view.status }
  }
  await workers.inWorld({
    world,
    work: async () => {
      await expect(resultWithin(40_000, await start())).rejects.toMatchObject({
        cause: { type: 'E_ENDPOINT_STUCK' },
      })
    },
  })
  expect(world.calls).toEqual(['stop scaling new', 'update to old', 'scale old', 'before it: new'])
}, 120_000)
