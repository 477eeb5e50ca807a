import type { WorkflowFailedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import type { JudgedJob } from '../../src/reaper/judged-job'
import { controlTaskQueue } from '../../src/task-queues'
import type { reaper as reaperWorkflow } from '../../workflows'
import { aJudgedJob } from '../src/reaper/a-judged-job'
import { scriptedWorld } from './scripted-world'
import { eachInItsOwnTime, resultWithin, type Workers } from './time-skipping'

let env: TestWorkflowEnvironment
let workers: Workers

eachInItsOwnTime({
  begin: (own) => ({ env, workers } = own),
})

async function pass(orphans: JudgedJob[], world = scriptedWorld({ trainings: [], orphans })) {
  const handle = await env.client.workflow.start<typeof reaperWorkflow>('reaper', {
    workflowId: 'holdfast-reaper',
    taskQueue: controlTaskQueue,
    args: [{ grace: 900 }],
  })
  const summary = await workers.inWorld({ world, work: () => resultWithin(40_000, handle) })
  const { events } = await handle.fetchHistory()
  return { summary, calls: world.calls, events: events ?? [] }
}

test('a pass that finds no orphan is over at once, and asks for no stop', async () => {
  const { summary, calls, events } = await pass([])
  expect(calls).toEqual(['find orphans'])
  expect(summary).toEqual({
    counts: { kept: 1, orphan: 0 },
    others: 2,
    jobs: [],
    endpoints: [],
  })
  // Eleven of its own, and eight of the look for endpoints that have expired.
  expect(events.length).toBeLessThanOrEqual(19)
}, 120_000)

test('orphans are stopped only after a pause and a second look, whose verdicts are the result', async () => {
  const { summary, calls, events } = await pass([
    aJudgedJob(),
    aJudgedJob({ jobName: 'reviews-0123456789-e1', kind: 'processing' }),
  ])
  expect(calls).toEqual(['find orphans', 'stop reviews-3f9a0c21de-a1, reviews-0123456789-e1'])
  expect(summary.jobs).toEqual([
    {
      kind: 'training',
      jobName: 'reviews-3f9a0c21de-a1',
      workflowId: 'reviews-7f3k2m',
      verdict: 'stopped',
      why: 'its owner is terminated',
    },
    expect.objectContaining({ kind: 'processing', verdict: 'stopped' }),
  ])
  const timer = events.find(({ timerStartedEventAttributes }) => timerStartedEventAttributes)
  expect(timer?.timerStartedEventAttributes?.startToFireTimeout?.seconds?.toString()).toBe('10')
}, 120_000)

test('orphans are stopped also by a worker that may not look at endpoints; then the pass fails for it', async () => {
  const orphans = [aJudgedJob()]
  const endpointsFail = ApplicationFailure.nonRetryable('AccessDenied', 'E_ACCESS_DENIED')
  const world = scriptedWorld({ trainings: [], orphans, endpointsFail })
  const failed = (await pass(orphans, world).catch(
    (error: unknown) => error,
  )) as WorkflowFailedError
  expect(failed.cause?.cause).toMatchObject({ type: 'E_ACCESS_DENIED' })
  expect(world.calls).toEqual(['find orphans', 'stop reviews-3f9a0c21de-a1'])
}, 120_000)
