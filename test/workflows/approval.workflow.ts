import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { Worker } from '@temporalio/worker'
import { join } from 'node:path'

import type { ResolvedGate, ResolvedPipeline } from '../../src/config/resolved-pipeline'
import type { Champion } from '../../src/gate'
import { packageRoot } from '../../src/package-root'
import type { DecisionAnswer, RunState } from '../../src/run-state'
import { controlTaskQueue } from '../../src/task-queues'
import type { pipeline as pipelineWorkflow } from '../../workflows'
import { recordHistories } from './record-histories'
import { pipeline, scriptedWorld } from './scripted-world'
import { eachInItsOwnTime, resultWithin, type Workers } from './time-skipping'

let env: TestWorkflowEnvironment
let workers: Workers
let number = 0

eachInItsOwnTime({
  begin: (own) => ({ env, workers } = own),
})

const completed = { status: 'Completed', secondaryStatus: 'Completed', trainingSeconds: 100 }
const world = (options: Partial<Parameters<typeof scriptedWorld>[0]> = {}) =>
  scriptedWorld({ trainings: [[completed]], ...options })
/** Two days. */
const asking: ResolvedGate = { approval: { timeout: 172_800, onTimeout: 'reject' } }

async function start(gate: ResolvedGate, changes: Partial<ResolvedPipeline> = {}) {
  const workflowId = `approval-${++number}`
  const handle = await env.client.workflow.start<typeof pipelineWorkflow>('pipeline', {
    workflowId,
    taskQueue: controlTaskQueue,
    args: [{ pipeline: { ...pipeline, ...changes, gate } }],
  })
  const state = async () => (await handle.describe()).memo?.['holdfast'] as RunState
  return {
    ...handle,
    result: () => resultWithin(40_000, handle),
    state,
    /** Until the run asks. */
    asked: async () => {
      while ((await state())?.gate?.approval?.state !== 'awaiting') await env.sleep('1m')
    },
    /** Its history as it is now, when histories are recorded. */
    record: (kind: string) =>
      recordHistories({ env, workflows: { [`approval-${kind}`]: workflowId } }),
    say: (update: 'approve' | 'reject', by: string, why?: string) =>
      handle.executeUpdate<DecisionAnswer, [unknown]>(update, {
        args: [{ by, ...(why !== undefined && { why }) }],
      }),
  }
}

describe('a run whose gate asks a person', () => {
  jest.setTimeout(120_000)

  it('waits, says until when in its memo, and publishes when it is approved, with who and why', async () => {
    const scripted = world()
    await workers.inWorld({
      world: scripted,
      work: async () => {
        const run = await start(asking)
        await run.asked()
        const { gate, stage } = await run.state()
        expect(gate).toMatchObject({ passed: true, approval: { onTimeout: 'reject' } })
        const { since = '', until = '' } = gate?.approval ?? {}
        expect(Date.parse(until) - Date.parse(since)).toBe(172_800_000)
        expect(stage).toBe('gate')
        expect(scripted.calls).not.toContain('publish')
        const found = await run.describe()
        expect(found.searchAttributes['Stage']).toEqual(['awaiting approval'])
        await run.record('awaiting')

        const answer = await run.say('approve', 'ada', 'the errors are harmless')
        expect(answer).toMatchObject({
          counted: true,
          approval: { state: 'approved', by: 'ada', why: 'the errors are harmless' },
        })
        const { outcome, state } = await run.result()
        expect(outcome).toBe('completed')
        expect(state.gate?.approval).toEqual(answer.approval)
        expect(state.gate?.reasons.at(-1)).toBe('approved by ada: the errors are harmless')
        await run.record('approved')
      },
    })
    expect(scripted.calls.slice(-2)).toEqual(['publish', 'seal completed'])
  })

  it('publishes nothing when it is rejected, and ends rejected', async () => {
    const scripted = world()
    await workers.inWorld({
      world: scripted,
      work: async () => {
        const run = await start(asking)
        await run.asked()
        await run.say('reject', 'grace', 'wrong on long texts')
        const { outcome, state } = await run.result()
        expect(outcome).toBe('rejected')
        expect(state.gate).toMatchObject({
          passed: false,
          approval: { state: 'rejected', by: 'grace', why: 'wrong on long texts' },
        })
        expect(state.stages.find(({ name }) => name === 'gate')).toMatchObject({
          state: 'failed',
          note: 'rejected by grace: wrong on long texts',
        })
        await run.record('rejected')
      },
    })
    expect(scripted.calls).not.toContain('publish')
    expect(scripted.calls.at(-1)).toBe('seal rejected')
  })

  it.each([
    ['reject', 'rejected'],
    ['approve', 'completed'],
  ] as const)(
    'does what its policy says when nobody decides in time: %s',
    async (onTimeout, end) => {
      const scripted = world()
      await workers.inWorld({
        world: scripted,
        work: async () => {
          const run = await start({ approval: { timeout: 3_600, onTimeout } })
          const { outcome, state } = await run.result()
          expect(outcome).toBe(end)
          const { since, decidedAt = '', by, why } = state.gate?.approval ?? {}
          expect({ by, why }).toEqual({ by: undefined, why: 'nobody decided in time' })
          expect(Date.parse(decidedAt) - Date.parse(since ?? '')).toBeGreaterThanOrEqual(3_600_000)
          await run.record(`timed-out-${onTimeout}`)
        },
      })
      expect(scripted.calls.includes('publish')).toBe(end === 'completed')
    },
  )

  it('takes the first of two decisions that come at once, and tells both', async () => {
    await workers.inWorld({
      world: world(),
      work: async () => {
        const run = await start(asking)
        await run.asked()
        const answers = await Promise.all([
          run.say('approve', 'ada', 'good'),
          run.say('reject', 'grace', 'bad'),
          run.say('approve', 'ada', 'good'),
        ])
        const [first] = answers
        expect(answers.filter(({ counted }) => counted)).toHaveLength(1)
        for (const { approval } of answers) expect(approval).toEqual(first?.approval)
        const { outcome } = await run.result()
        expect(outcome).toBe(first?.approval.state === 'approved' ? 'completed' : 'rejected')
      },
    })
  })

  it('refuses a decision that nobody asked for, and one without a name', async () => {
    await workers.inWorld({
      world: world({ trainings: [[{}, {}, completed]] }),
      work: async () => {
        const run = await start(asking)
        expect(await refusalOf(run.say('approve', 'ada'))).toBe('E_NOT_AWAITING_APPROVAL')
        await run.asked()
        expect(await refusalOf(run.say('approve', ' '))).toBe('E_APPROVAL_INVALID')
        expect(await refusalOf(run.say('reject', 'ada', 'x'.repeat(1_001)))).toBe(
          'E_APPROVAL_INVALID',
        )
        expect((await run.state()).gate?.approval?.state).toBe('awaiting')
        await run.say('reject', 'ada')
        expect((await run.result()).outcome).toBe('rejected')
      },
    })
  })

  it('can be cancelled while it waits, and takes no decision after that', async () => {
    const scripted = world()
    await workers.inWorld({
      world: scripted,
      work: async () => {
        const run = await start(asking)
        await run.asked()
        await run.cancel()
        await expect(run.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        await run.record('cancelled')
        expect((await run.describe()).status.name).toBe('CANCELLED')
        const { gate, stages } = await run.state()
        expect(gate?.approval?.state).toBe('cancelled')
        expect(stages.find(({ name }) => name === 'gate')?.state).toBe('cancelled')
      },
    })
    expect(scripted.calls).not.toContain('publish')
    expect(scripted.calls.at(-1)).toBe('seal cancelled')
  })

  it('asks nobody when the checks fail', async () => {
    await workers.inWorld({
      world: world({ accuracy: 0.5 }),
      work: async () => {
        const { outcome, state } = await (await start(asking)).result()
        expect(outcome).toBe('rejected')
        expect(state.gate?.approval).toBeUndefined()
      },
    })
  })

  it('replays to the same decision', async () => {
    await workers.inWorld({
      world: world(),
      work: async () => {
        const run = await start(asking)
        await run.asked()
        await run.say('approve', 'ada')
        await run.result()
        const history = await env.client.workflow.getHandle(run.workflowId).fetchHistory()
        await Worker.runReplayHistory(
          { workflowBundle: { codePath: join(packageRoot(), 'dist', 'workflow-bundle.js') } },
          history,
          run.workflowId,
        )
      },
    })
  })
})

describe('a run that must beat the champion', () => {
  jest.setTimeout(120_000)
  const gate: ResolvedGate = { beatsChampionBy: 0.002 }
  const champion = { model: 'reviews', version: 3, sha256: 'old', artifactUri: 's3://b/old' }
  const compared = (difference: number) => ({
    level: 0.95,
    champion: {
      sha256: 'old',
      metrics: { eval_accuracy: 0.79 },
      paired: {
        eval_accuracy: { difference, low: difference - 0.01, high: difference + 0.01 },
      },
    },
  })

  it.each([
    [0.01, 'rejected', 'the lower end is not above'],
    [0.02, 'completed', 'the lower end is above'],
  ])('is compared with it by %d on the same rows, and is %s', async (by, end, why) => {
    const scripted = world({ champion, evaluation: compared(by) })
    await workers.inWorld({
      world: scripted,
      work: async () => {
        const { outcome, state } = await (await start(gate)).result()
        expect(outcome).toBe(end)
        expect(state.gate?.reasons.at(-1)).toContain('than the 0.7900 of version 3')
        expect(state.gate?.reasons.at(-1)).toContain(why)
      },
    })
    expect(scripted.calls).toContain('compare with version 3')
    // Whoever publishes is told, should another have become the champion meanwhile.
    expect(scripted.beaten).toEqual(end === 'completed' ? [champion] : [])
  })

  it('passes when nothing was published yet, and says so', async () => {
    await workers.inWorld({
      world: world(),
      work: async () => {
        const { outcome, state } = await (await start(gate)).result()
        expect(outcome).toBe('completed')
        expect(state.gate?.reasons.at(-1)).toContain('no champion')
      },
    })
  })

  const gone = ApplicationFailure.create({
    message: 'the archive of version 3 was deleted',
    type: 'E_CHAMPION_GONE',
    details: [{ hint: 'make an earlier version the champion' }],
  })

  it('waits, with its model paid for, while the champion is gone, and goes on with the one that a person chose', async () => {
    const earlier = { ...champion, version: 2 }
    const champions = [gone, gone, gone, earlier]
    const scripted = world({ champions, evaluation: compared(0.02) })
    await workers.inWorld({
      world: scripted,
      work: async () => {
        const run = await start(gate)
        const { outcome, state } = await run.result()
        expect(outcome).toBe('completed')
        expect(state.gate?.reasons.at(-1)).toContain('of version 2')
        await run.record('champion-gone')
      },
    })
    expect(scripted.calls.filter((call) => call === 'read champion')).toHaveLength(4)
    expect(scripted.calls).toContain('compare with version 2')
  })

  const failed = { status: 'Failed', secondaryStatus: 'Failed', failureReason: 'exit code 1' }

  it.each<[string, Champion | null, string]>([
    ['another', { ...champion, version: 2, sha256: 'older' }, 'compare with version 2'],
    ['none any more', null, 'create reviews-e2'],
  ])(
    'is scored again when the champion was deleted under its job, and a person then named %s',
    async (_, now, then) => {
      const evaluation = { ...compared(0.02) }
      evaluation.champion.sha256 = now?.sha256 ?? 'old'
      const champions = [champion, gone, now]
      const scripted = world({ champions, evaluations: [failed], evaluation })
      await workers.inWorld({
        world: scripted,
        work: async () => {
          const run = await start(gate)
          expect((await run.result()).outcome).toBe('completed')
          await run.record(now ? 'champion-replaced' : 'champion-cleared')
        },
      })
      const { calls } = scripted
      expect(calls.indexOf(then)).toBeGreaterThan(calls.indexOf('create reviews-e1'))
      expect(calls).toContain('create reviews-e2')
    },
  )

  it('fails with its job when the champion is there', async () => {
    const scripted = world({ champion, evaluations: [failed, failed] })
    await workers.inWorld({
      world: scripted,
      work: async () => {
        const run = await start(gate)
        await expect(run.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        expect((await run.state()).error).toMatchObject({
          code: 'E_EVALUATION_FAILED',
          message: 'exit code 1',
        })
      },
    })
    expect(scripted.calls).not.toContain('create reviews-e2')
  })

  it('does not look for a champion when none is asked for', async () => {
    const scripted = world({ champion })
    await workers.inWorld({
      world: scripted,
      work: async () => (await start({ maxSizeMb: 1 })).result(),
    })
    expect(scripted.calls).not.toContain('read champion')
    expect(scripted.beaten).toEqual([undefined])
  })
})

/** The type of the failure with which an update was refused. */
async function refusalOf(update: Promise<unknown>): Promise<string | null | undefined> {
  const error = await update.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(WorkflowUpdateFailedError)
  const { cause } = error as WorkflowUpdateFailedError
  return cause instanceof ApplicationFailure ? cause.type : undefined
}
