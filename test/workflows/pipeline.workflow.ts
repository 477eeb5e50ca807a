import { ApplicationFailure } from '@temporalio/common'
import { WorkflowFailedError } from '@temporalio/client'
import type { TestWorkflowEnvironment } from '@temporalio/testing'

import type { Uploaded } from '../../activities/upload'
import type { ResolvedPipeline } from '../../src/config/resolved-pipeline'
import type { RunState } from '../../src/run-state'
import { controlTaskQueue } from '../../src/task-queues'
import type { pipeline as pipelineWorkflow } from '../../workflows'
import type { PipelineInput } from '../../workflows/pipeline'
import { recordHistories } from './record-histories'
import { pipeline, scriptedWorld } from './scripted-world'
import { eachInItsOwnTime, resultWithin, type Workers } from './time-skipping'

let env: TestWorkflowEnvironment
let workers: Workers
let number = 0

eachInItsOwnTime({
  begin: (own) => ({ env, workers } = own),
  end: async () => {
    const run = `pipeline-${number}`
    await recordHistories({ env, workflows: { pipeline: run, training: `${run}/training` } })
  },
})

async function start(of: ResolvedPipeline = pipeline, given: Partial<PipelineInput> = {}) {
  const workflowId = `pipeline-${++number}`
  const handle = await env.client.workflow.start<typeof pipelineWorkflow>('pipeline', {
    workflowId,
    taskQueue: controlTaskQueue,
    args: [{ pipeline: of, ...given }],
  })
  return { ...handle, result: () => resultWithin(deadline, handle) }
}

/** Milliseconds of real time; the longest takes one second on a quiet machine. */
const deadline = 40_000

async function stateOf(workflowId: string): Promise<RunState> {
  const { memo } = await env.client.workflow.getHandle(workflowId).describe()
  return memo?.['holdfast'] as RunState
}

const completed = {
  status: 'Completed',
  secondaryStatus: 'Completed',
  trainingSeconds: 100,
  billableSeconds: 30,
}

describe('the pipeline workflow', () => {
  jest.setTimeout(120_000)

  it('uploads and trains, and is done, when there is no dataset', async () => {
    const { dataset, model, publish, ...bare } = pipeline
    expect([dataset, model, publish]).not.toContain(undefined)
    const world = scriptedWorld({ trainings: [[{}, completed]] })
    await workers.inWorld({
      world,
      work: async () => {
        const { outcome, state } = await (await start(bare)).result()
        expect(outcome).toBe('completed')
        expect(state.stages.map(({ name, state }) => `${name} ${state}`)).toEqual([
          'preprocess skipped',
          'upload done',
          'train done',
          'evaluate skipped',
          'gate skipped',
          'publish skipped',
        ])
        expect(state.artifact).not.toBeNull()
      },
    })
    expect(world.calls).toEqual(['create reviews-a1', 'seal completed'])
  })

  it('goes through every stage in order and publishes', async () => {
    const world = scriptedWorld({ trainings: [[{}, {}, completed]] })
    await workers.inWorld({
      world,
      work: async () => {
        const { outcome, state } = await (await start()).result()
        expect(outcome).toBe('completed')
        expect(state.stages.map(({ name, state }) => `${name} ${state}`)).toEqual([
          'preprocess done',
          'upload done',
          'train done',
          'evaluate done',
          'gate done',
          'publish done',
        ])
        expect(state.published?.version).toBe(1)
      },
    })
    expect(world.calls).toEqual([
      'create reviews-a1',
      'create reviews-e1',
      'publish',
      'seal completed',
    ])
  })

  it('publishes nothing when the gate rejects, and says why', async () => {
    const world = scriptedWorld({ trainings: [[completed]], accuracy: 0.5 })
    await workers.inWorld({
      world,
      work: async () => {
        const { outcome, state } = await (await start()).result()
        expect(outcome).toBe('rejected')
        expect(state.gate).toEqual({
          passed: false,
          reasons: expect.arrayContaining([
            'eval_accuracy 0.5000 is below 0.75 on 1000 held-out rows',
          ]) as string[],
        })
        expect(state.published).toBeNull()
      },
    })
    expect(world.calls).not.toContain('publish')
  })

  it('counts an interruption without starting a second job beside the one that SageMaker resumes', async () => {
    const world = scriptedWorld({
      trainings: [
        [
          {},
          { secondaryStatus: 'Interrupted', interruptions: 1 },
          { secondaryStatus: 'Starting', interruptions: 1 },
          { ...completed, interruptions: 1 },
        ],
      ],
    })
    await workers.inWorld({
      world,
      work: async () => {
        const { state } = await (await start()).result()
        expect(state.training.attempts).toHaveLength(1)
        expect(state.training.attempts[0]).toMatchObject({
          interruptions: 1,
          resumedFromStep: 20,
          stepsLost: 3,
          billableSeconds: 30,
        })
      },
    })
    expect(world.calls.filter((call) => call.startsWith('create reviews-a'))).toEqual([
      'create reviews-a1',
    ])
  })

  it.each([
    ['the maximum wait is exceeded', { status: 'Stopped', secondaryStatus: 'MaxWaitTimeExceeded' }],
    [
      'there is no capacity',
      {
        status: 'Failed',
        secondaryStatus: 'Failed',
        failureReason: 'CapacityError: Unable to provision',
      },
    ],
  ])('goes on with a new job on the next placement when %s', async (_why, end) => {
    const world = scriptedWorld({ trainings: [[{}, end], [completed]] })
    await workers.inWorld({
      world,
      work: async () => {
        const { outcome, state } = await (await start()).result()
        expect(outcome).toBe('completed')
        expect(state.training.attempts.map(({ jobName }) => jobName)).toEqual([
          'reviews-a1',
          'reviews-a2',
        ])
      },
    })
    expect(world.placements).toEqual(['spot ml.g5.xlarge', 'on-demand ml.g5.xlarge'])
  })

  it('tries the same placement again when the infrastructure fails', async () => {
    const world = scriptedWorld({
      trainings: [
        [
          {
            status: 'Failed',
            failureReason: 'InternalServerError: We encountered an internal error',
          },
        ],
        [completed],
      ],
    })
    await workers.inWorld({ world, work: async () => (await start()).result() })
    expect(world.placements).toEqual(['spot ml.g5.xlarge', 'spot ml.g5.xlarge'])
  })

  it('takes the next placement when the account has no quota for the first', async () => {
    const world = scriptedWorld({
      trainings: [[completed], [completed]],
      createFails: (jobName) =>
        jobName.endsWith('-a1')
          ? ApplicationFailure.nonRetryable('account-level service limit', 'E_QUOTA')
          : undefined,
    })
    await workers.inWorld({ world, work: async () => (await start()).result() })
    expect(world.placements).toEqual(['spot ml.g5.xlarge', 'on-demand ml.g5.xlarge'])
  })

  it('does not pay again for a script that raises, and keeps the end of its log', async () => {
    const world = scriptedWorld({
      trainings: [[{ status: 'Failed', failureReason: 'AlgorithmError: ExecuteUserScriptError' }]],
    })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        const state = await stateOf(handle.workflowId)
        expect(state.error).toMatchObject({
          code: 'E_TRAINING_FAILED',
          logTail: ['Traceback (most recent call last):', 'ValueError: no'],
        })
        expect(state.training.attempts).toHaveLength(1)
        expect(state.stages.find(({ name }) => name === 'train')?.state).toBe('failed')
      },
    })
    expect(world.calls).toEqual(['create reviews-a1', 'seal failed'])
  })

  it('gives up, saying what was tried, when every placement is out of capacity', async () => {
    const end = { status: 'Stopped', secondaryStatus: 'MaxWaitTimeExceeded' }
    const world = scriptedWorld({ trainings: () => [end] })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        expect((await stateOf(handle.workflowId)).error?.code).toBe('E_CAPACITY_EXHAUSTED')
      },
    })
  })

  it('never takes a stopped job for a success', async () => {
    const world = scriptedWorld({
      trainings: [[{ status: 'Stopped', secondaryStatus: 'Stopped' }]],
    })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        expect((await stateOf(handle.workflowId)).error?.code).toBe('E_STOPPED')
      },
    })
  })

  it('stops the job and waits for its end when it is cancelled in mid-training', async () => {
    const world = scriptedWorld({ trainings: [[{}]] })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        while (!world.calls.includes('create reviews-a1')) await env.sleep('5s')
        await env.sleep('2m')
        await handle.cancel()
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        const { status } = await handle.describe()
        expect(status.name).toBe('CANCELLED')
      },
    })
    expect(world.calls).toEqual(['create reviews-a1', 'stop reviews-a1', 'seal cancelled'])
  })

  it('stops a job that outlives its deadline and waits until it has ended', async () => {
    const world = scriptedWorld({ trainings: [[{ trainingSeconds: 9 }]], stoppedAfter: 9 })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        expect((await stateOf(handle.workflowId)).error?.code).toBe('E_OVERDUE')
      },
    })
    expect(world.calls).toContain('stop reviews-a1')
  })

  it('keeps the history of a wait of hours to a few events', async () => {
    const world = scriptedWorld({
      pollEvery: '30s',
      trainings: [[...Array<object>(300).fill({}), completed]],
    })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        await handle.result()
        const history = await env.client.workflow
          .getHandle(`${handle.workflowId}/training`)
          .fetchHistory()
        expect(history.events?.length).toBeLessThan(60)
      },
    })
  })

  it('says why when the run cannot even be opened', async () => {
    const world = scriptedWorld({
      trainings: [],
      openFails: ApplicationFailure.nonRetryable(
        'bucket b belongs to another account',
        'E_BUCKET_NOT_OURS',
      ),
    })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        const state = await stateOf(handle.workflowId)
        expect(state.error?.code).toBe('E_BUCKET_NOT_OURS')
        expect(state.stages[0]).toMatchObject({ name: 'preprocess', state: 'failed' })
      },
    })
  })

  it('trains on when the checkpoint journal cannot be read', async () => {
    const world = scriptedWorld({ trainings: [[{}, completed]], journalFails: true })
    await workers.inWorld({
      world,
      work: async () => expect((await (await start()).result()).outcome).toBe('completed'),
    })
  })

  it('tries the evaluation again, later, when the account has no quota for it', async () => {
    let tries = 0
    const world = scriptedWorld({
      trainings: [[completed]],
      createFails: (jobName) =>
        jobName.includes('-e') && ++tries < 3
          ? ApplicationFailure.nonRetryable('limit', 'E_QUOTA')
          : undefined,
    })
    await workers.inWorld({
      world,
      work: async () => expect((await (await start()).result()).outcome).toBe('completed'),
    })
    expect(tries).toBe(3)
  })

  it('stops the job before it fails when the job can no longer be watched', async () => {
    const world = scriptedWorld({
      trainings: [[{}]],
      pollFails: () => ApplicationFailure.nonRetryable('deleted by somebody', 'E_JOB_GONE'),
    })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        expect((await stateOf(handle.workflowId)).error?.code).toBe('E_JOB_GONE')
      },
    })
    expect(world.calls).toContain('stop reviews-a1')
    expect([...world.running]).toEqual([])
  })

  it.each(['reviews-a1', 'reviews-e1'])(
    'stops what may have been created when the create of %s fails after a cancel was asked for',
    async (failing) => {
      const world = scriptedWorld({
        trainings: [[completed]],
        createFails: (jobName) =>
          jobName === failing ? new Error('the reply was lost') : undefined,
      })
      await workers.inWorld({
        world,
        work: async () => {
          const handle = await start()
          while (!world.calls.includes(`create ${failing}`)) await env.sleep('1s')
          await handle.cancel()
          await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
          expect((await handle.describe()).status.name).toBe('CANCELLED')
        },
      })
      expect(world.calls).toContain(`stop ${failing}`)
      expect([...world.running]).toEqual([])
    },
  )

  it('ends cancelled, not failed, when its worker is lost after the cancel was asked for', async () => {
    let lose: (error: Error) => void = () => undefined
    const lost = new Promise<Error>((resolve) => (lose = resolve))
    const world = scriptedWorld({ trainings: [], uploadFails: () => lost })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        while (!world.calls.includes('upload')) await env.sleep('1s')
        await handle.cancel()
        lose(new Error('nobody knows how far it came'))
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        expect((await handle.describe()).status.name).toBe('CANCELLED')
      },
    })
    expect(world.calls.at(-1)).toBe('seal cancelled')
  })

  it('never touches a job of that name that belongs to somebody else', async () => {
    const world = scriptedWorld({
      trainings: [[completed]],
      createFails: () => ApplicationFailure.nonRetryable('not ours', 'E_JOB_NAME_CONFLICT'),
    })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start()
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
      },
    })
    expect(world.calls.filter((call) => call.startsWith('stop'))).toEqual([])
  })

  it('takes a job that never got its machine before the deadline for a lack of capacity', async () => {
    const world = scriptedWorld({ trainings: [[{ secondaryStatus: 'Pending' }], [completed]] })
    await workers.inWorld({
      world,
      work: async () => expect((await (await start()).result()).outcome).toBe('completed'),
    })
    expect(world.calls).toContain('stop reviews-a1')
    expect(world.placements).toEqual(['spot ml.g5.xlarge', 'on-demand ml.g5.xlarge'])
  })

  const mlflow = { mlflow: { trackingUri: 'http://mlflow' } }
  const shownElsewhere: ResolvedPipeline = { ...pipeline, feeds: mlflow }

  it('shows its trainings while they go on and itself when all is written, and says where', async () => {
    const lost = { ...completed, status: 'Failed', failureReason: 'InternalServerError: lost' }
    const world = scriptedWorld({
      trainings: [
        [{}, { ...lost, secondaryStatus: 'Failed' }],
        [{}, completed],
      ],
    })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(shownElsewhere)
        expect((await handle.result()).outcome).toBe('completed')
        const { fed } = await stateOf(handle.workflowId)
        expect(fed).toEqual({ feed: 'mlflow', url: 'http://mlflow/1' })
      },
    })
    expect(world.calls.slice(-2)).toEqual(['seal completed', 'feed completed'])
    const run = 's3://b/holdfast/runs/r-12345678'
    expect(world.shown.get('reviews-a1')).toMatchObject({ run, jobsBefore: [] })
    expect(world.shown.get('reviews-a2')).toMatchObject({ run, jobsBefore: ['reviews-a1'] })
    // The job of the evaluation trains nothing.
    expect(world.shown.get('reviews-e1')).toBeUndefined()
    expect(world.fed).toHaveLength(1)
    expect(world.fed[0]).toMatchObject({
      state: { metrics: { eval_accuracy: 0.8 }, published: { version: 1 } },
      made: { datasetUri: 's3://b', codeUri: 's3://b/c', commit: null },
    })
  })

  it.each([
    { outcome: 'rejected', accuracy: 0.5, script: [completed] },
    {
      outcome: 'failed',
      accuracy: 0.8,
      script: [{ status: 'Failed', secondaryStatus: 'Failed', failureReason: 'AlgorithmError: x' }],
    },
  ])('is shown elsewhere as $outcome too, once', async ({ outcome, accuracy, script }) => {
    const world = scriptedWorld({ trainings: [script], accuracy })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(shownElsewhere)
        await handle.result().catch(() => undefined)
        expect((await stateOf(handle.workflowId)).fed).toMatchObject({ feed: 'mlflow' })
      },
    })
    expect(world.calls.filter((call) => call.startsWith('feed'))).toEqual([`feed ${outcome}`])
  })

  it('is shown elsewhere as cancelled when it is cancelled, after its job has stopped', async () => {
    const world = scriptedWorld({ trainings: [[{}]] })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(shownElsewhere)
        while (!world.calls.includes('create reviews-a1')) await env.sleep('1s')
        await handle.cancel()
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
      },
    })
    const end = ['stop reviews-a1', 'seal cancelled', 'feed cancelled']
    expect(world.calls).toEqual(['create reviews-a1', ...end])
    // Told with the stop too, for a run whose workflow was terminated: nobody else is left to tell it.
    expect(world.told.stopJob).toMatchObject([
      { feed: { run: 's3://b/holdfast/runs/r-12345678', pipeline: { feeds: mlflow } } },
    ])
  })

  it('is as complete as it was when what it is shown in refuses it, and says why', async () => {
    const world = scriptedWorld({
      trainings: [[completed]],
      feedFails: ApplicationFailure.create({ message: 'down', type: 'E_FEED_UNREACHABLE' }),
    })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(shownElsewhere)
        expect(await handle.result()).toMatchObject({ outcome: 'completed' })
        expect((await handle.describe()).status.name).toBe('COMPLETED')
        const { fed, error } = await stateOf(handle.workflowId)
        expect(fed).toMatchObject({ feed: 'mlflow', error: { code: 'E_FEED_UNREACHABLE' } })
        expect(error).toBeNull()
      },
    })
    expect(world.calls.filter((call) => call.startsWith('feed'))).toHaveLength(4)
  })

  it('asks for no place to be shown when none is configured', async () => {
    const world = scriptedWorld({ trainings: [[{}, completed]] })
    await workers.inWorld({ world, work: async () => (await start()).result() })
    expect(world.fed).toEqual([])
    expect(world.shown.get('reviews-a1')).toBeUndefined()
  })

  const ingredient = { role: 'code' as const, uri: 's3://b/c', size: 1, sha256: 'a' }
  const inputs: Uploaded = {
    dataset: {
      trainUri: 's3://other/train',
      validationUri: null,
      testUri: 's3://other/test',
      evaluateCodeUri: 's3://other/e',
    },
    codeUri: 's3://other/c',
    modelUri: null,
    ingredients: [ingredient],
    note: '',
  }

  it('trains from what another run made when it is given that: it is verified, and nothing is made', async () => {
    const world = scriptedWorld({
      trainings: [[completed]],
      uploadFails: () => Promise.resolve(new Error('nothing is to be uploaded')),
    })
    const revisionThen = { data: 'then', model: 'then', code: 'then', config: 'then' }
    await workers.inWorld({
      world,
      work: async () => {
        const { outcome, state } = await (
          await start(pipeline, { inputs, revision: revisionThen })
        ).result()
        expect(outcome).toBe('completed')
        expect(state.stages.slice(0, 2)).toMatchObject([
          { name: 'preprocess', state: 'done', note: 'verified' },
          { name: 'upload', state: 'done', note: 'made before' },
        ])
      },
    })
    expect(world.calls[0]).toBe('verify inputs')
    expect(world.calls).not.toContain('upload')
    // What is published tells of the same inputs.
    expect(world.published).toMatchObject([{ inputs, revision: revisionThen }])
  })

  it('pays for nothing when what it is given is not there any more', async () => {
    const world = scriptedWorld({
      trainings: [[completed]],
      verifyFails: ApplicationFailure.nonRetryable('code s3://other/c', 'E_INGREDIENT_GONE'),
    })
    await workers.inWorld({
      world,
      work: async () => {
        const handle = await start(pipeline, { inputs })
        await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError)
        const { error } = await stateOf(handle.workflowId)
        expect(error).toMatchObject({ code: 'E_INGREDIENT_GONE' })
      },
    })
    expect(world.calls).toEqual(['verify inputs', 'seal failed'])
  })
})
