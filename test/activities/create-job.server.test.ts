import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  type CreateTrainingJobCommandInput,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'

import { createJob } from '../../activities/create-job'
import type { Dependencies } from '../../activities/dependencies'
import { freezeTraining } from '../../activities/freeze-training'
import { pollJob } from '../../activities/poll-job'
import { stopJob } from '../../activities/stop-job'
import { toFailure } from '../../activities/failure'
import { createAwsClients, destroyClients, type AwsClients } from '../../src/aws/clients'
import type { FrozenJob } from '../../src/job'
import { waitFor } from '../e2e/support/wait-for'
import { pipeline } from '../src/plan/pipeline'
import { startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(180_000)

let local: LocalAws
let impatient: AwsClients
beforeAll(async () => {
  local = await startLocalAws()
  impatient = createAwsClients({ env: local.env, timeout: 1_000 })
})
afterAll(async () => {
  if (impatient) destroyClients(impatient)
  await local?.stop()
})
beforeEach(() => local.scenario([]))

type Channels = typeof pipeline.train.inputs

async function frozen(
  runId: string,
  {
    validation = false,
    inputs = {},
    environment = {},
    codeKey = 'k',
  }: {
    validation?: boolean
    inputs?: Channels
    environment?: Record<string, string>
    codeKey?: string
  } = {},
): Promise<FrozenJob> {
  const site = local.site(runId)
  return freezeTraining(local.deps, {
    site,
    pipeline: { ...pipeline, train: { ...pipeline.train, inputs, environment } },
    inputs: {
      dataset: {
        trainUri: `${site.root}/datasets/k/train`,
        validationUri: validation ? `${site.root}/datasets/k/validation` : null,
        testUri: `${site.root}/datasets/k/test`,
        evaluateCodeUri: `${site.run}/source/evaluate`,
      },
      codeUri: `${site.run}/source/${codeKey}/sourcedir.tar.gz`,
      modelUri: null,
      note: '',
    },
    placement: { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
    attempt: 1,
  })
}

/** The same job, but somebody else's. */
async function createAsStranger(job: FrozenJob): Promise<void> {
  const text = (await local.storage.read(job.requestUri)).toString('utf8')
  const request = JSON.parse(text) as CreateTrainingJobCommandInput
  const Tags = [{ Key: 'holdfast:owner', Value: 'somebody/else' }]
  await local.aws.sagemaker.send(new CreateTrainingJobCommand({ ...request, Tags }))
}

function stop(runId: string, job: FrozenJob, secondsAgo = 0) {
  const site = local.site(runId)
  return local.inActivity(() => stopJob(local.deps, { job, site }), { secondsAgo })
}

async function jobsNamed(name: string): Promise<number> {
  const { TrainingJobSummaries = [] } = await local.aws.sagemaker.send(
    new ListTrainingJobsCommand({ NameContains: name, MaxResults: 100 }),
  )
  return TrainingJobSummaries.length
}

async function statusOf(name: string) {
  const command = new DescribeTrainingJobCommand({ TrainingJobName: name })
  return (await local.aws.sagemaker.send(command)).TrainingJobStatus
}

const untilStopped = (name: string) =>
  waitFor(async () => (await statusOf(name)) === 'Stopped', { what: 'end of it', deadline: 60 })

test('a request frozen twice is the same object, with the same hash', async () => {
  const [first, second] = [await frozen('freeze'), await frozen('freeze')]
  expect(second).toEqual(first)
  expect(first.jobName).toMatch(/^reviews-[0-9a-f]{10}-a1$/)
})

async function channels(job: FrozenJob) {
  const text = (await local.storage.read(job.requestUri)).toString('utf8')
  const { InputDataConfig = [] } = JSON.parse(text) as CreateTrainingJobCommandInput
  return InputDataConfig.map(({ ChannelName, DataSource }) => [
    ChannelName,
    DataSource?.S3DataSource?.S3Uri,
  ])
}

test('channels of the user’s own stand behind those of the dataset', async () => {
  const home = `${local.site('own').root}/datasets/k`
  const job = await frozen('own', { inputs: { lexicon: 's3://words/lexicon' } })
  expect(await channels(job)).toEqual([
    ['train', `${home}/train`],
    ['test', `${home}/test`],
    ['lexicon', 's3://words/lexicon'],
  ])
})

test('rows for validation are a channel of their own; without them the request has none', async () => {
  const home = `${local.site('two').root}/datasets/k`
  const two = [
    ['train', `${home}/train`],
    ['test', `${home}/test`],
  ]
  expect(await channels(await frozen('two'))).toEqual(two)
  expect(await channels(await frozen('three', { validation: true }))).toEqual([
    ...two,
    ['validation', `${home}/validation`],
  ])
})

test('a job is created once, and a second create finds it', async () => {
  const job = await frozen('once')
  const site = local.site('once')
  const first = await createJob(local.deps, { job, site })
  const second = await createJob(local.deps, { job, site })
  expect(first).toMatchObject({ adopted: false, runner: 'scripted' })
  expect(second).toEqual({ ...first, adopted: true })
  expect(await jobsNamed(job.jobName)).toBe(1)
})

/** A worker that gives a create up after a second of silence, and has patience with all else. */
function soonGivingUp(): Dependencies {
  const send = (command: object) =>
    (command instanceof CreateTrainingJobCommand ? impatient : local.aws).sagemaker.send(
      command as CreateTrainingJobCommand,
    )
  return { ...local.deps, sagemaker: { send } as unknown as SageMakerClient }
}

test.each(['dropReply', 'error500AfterAccept', 'hang'])(
  'when the reply is lost (%s) the job is adopted, not created again',
  async (fault) => {
    const runId = `lost-${fault.toLowerCase()}`
    const job = await frozen(runId)
    await local.scenario([{ operation: 'CreateTrainingJob', do: fault, times: 1 }])
    const created = await createJob(soonGivingUp(), { job, site: local.site(runId) })
    expect(created.adopted).toBe(true)
    expect(await jobsNamed(job.jobName)).toBe(1)
  },
)

test('when every reply is lost the job is still adopted', async () => {
  const job = await frozen('all-lost')
  await local.scenario([{ operation: 'CreateTrainingJob', do: 'dropReply', times: 10 }])
  const created = await createJob(local.deps, { job, site: local.site('all-lost') })
  expect(created.adopted).toBe(true)
  expect(await jobsNamed(job.jobName)).toBe(1)
})

test('a service killed after it accepted comes back, and the next try adopts the job', async () => {
  const job = await frozen('crash')
  const site = local.site('crash')
  await local.scenario([{ operation: 'CreateTrainingJob', do: 'crash', times: 1 }])
  const lost: unknown = await createJob(local.deps, { job, site }).catch((error: unknown) => error)
  expect(toFailure(lost)).toMatchObject({ nonRetryable: false })
  await local.restartSagemaker()
  expect(await createJob(local.deps, { job, site })).toMatchObject({ adopted: true })
  expect(await jobsNamed(job.jobName)).toBe(1)
})

test('new code, a new archive of it and a rotated secret between a create and its retry: the job is adopted', async () => {
  const environment = { HF_TOKEN: 'env:HUB_TOKEN' }
  const worker = (HUB_TOKEN: string) => ({ ...local.deps, env: { ...local.env, HUB_TOKEN } })
  const site = local.site('deployed')
  const job = await frozen('deployed', { environment, codeKey: 'first' })
  // Not in the words of the rule above, which has fired.
  const crash = { operation: 'CreateTrainingJob', do: 'crash', times: 1, probability: 1 }
  await local.scenario([crash])
  await expect(createJob(worker('before'), { job, site })).rejects.toThrow()
  await local.restartSagemaker()

  // Another worker begins the attempt again, with what it would make of it now.
  const again = await frozen('deployed', {
    environment: { ...environment, ADDED: 'by the new code' },
    codeKey: 'second',
  })
  expect(again).toMatchObject({ jobName: job.jobName, sha256: job.sha256 })
  expect(again.fingerprint).not.toBe(job.fingerprint)
  for (const retried of [job, again])
    expect(await createJob(worker('after'), { job: retried, site })).toMatchObject({
      adopted: true,
    })
  expect(await jobsNamed(job.jobName)).toBe(1)
  const made = await local.aws.sagemaker.send(
    new DescribeTrainingJobCommand({ TrainingJobName: job.jobName }),
  )
  expect(made.Environment).toMatchObject({ HF_TOKEN: 'before' })
  expect(made.Environment).not.toHaveProperty('ADDED')
  expect(JSON.stringify(made.HyperParameters)).toContain('/source/first/')
})

test.each(['throttle', 'error500'])(
  'a service that refuses for long (%s) has created nothing, and another try is allowed',
  async (fault) => {
    const runId = `refused-${fault}`
    const job = await frozen(runId)
    const site = local.site(runId)
    await local.scenario([{ operation: 'CreateTrainingJob', do: fault, times: 3 }])
    const refused: unknown = await createJob(local.deps, { job, site }).catch((e: unknown) => e)
    expect(toFailure(refused)).toMatchObject({ nonRetryable: false })
    expect(await jobsNamed(job.jobName)).toBe(0)
    expect(await createJob(local.deps, { job, site })).toMatchObject({ adopted: false })
  },
)

test('a stranger’s job of the same name is refused, and never touched', async () => {
  const job = await frozen('stranger')
  await createAsStranger(job)
  await expect(createJob(local.deps, { job, site: local.site('stranger') })).rejects.toMatchObject({
    code: 'E_JOB_NAME_CONFLICT',
  })
  expect(await statusOf(job.jobName)).toBe('InProgress')
})

test('a request that was changed after it was frozen is refused, and no job is made', async () => {
  const job = await frozen('changed')
  await local.storage.write(job.requestUri, '{"TrainingJobName":"other"}')
  await expect(createJob(local.deps, { job, site: local.site('changed') })).rejects.toMatchObject({
    code: 'E_ARTIFACT_INVALID',
  })
  expect(await jobsNamed(job.jobName)).toBe(0)
})

test('a job of ours is stopped; one that has ended is left', async () => {
  const job = await frozen('stop')
  await createJob(local.deps, { job, site: local.site('stop') })
  expect(await stop('stop', job)).toBe('stopping')
  await untilStopped(job.jobName)
  expect(await stop('stop', job)).toBe('ended')
})

test('a job that does not show is looked for again for two minutes before it counts as never created', async () => {
  const job = await frozen('never')
  await expect(stop('never', job)).rejects.toMatchObject({ type: 'E_STOP_PENDING' })
  expect(await stop('never', job, 121)).toBe('never created')
})

test('a stranger’s job is never stopped', async () => {
  const job = await frozen('not-ours')
  await createAsStranger(job)
  expect(await stop('not-ours', job)).toBe('not ours')
  expect(await statusOf(job.jobName)).toBe('InProgress')
})

test('a stop that the service refuses for now is tried again', async () => {
  const job = await frozen('stop-later')
  await createJob(local.deps, { job, site: local.site('stop-later') })
  await local.scenario([{ operation: 'StopTrainingJob', do: 'error500', times: 3 }])
  await expect(stop('stop-later', job)).rejects.toMatchObject({
    type: 'E_STOP_PENDING',
    nonRetryable: false,
  })
  expect(await stop('stop-later', job)).toBe('stopping')
})

test('a job that stays in Stopping is asked to stop once, and its end is awaited', async () => {
  const job = await frozen('held')
  const { kind, jobName } = job
  const hold = { jobs: jobName, when: { phase: 'Stopping' }, do: 'hold' }
  await createJob(local.deps, { job, site: local.site('held') })
  await local.scenario([hold])
  expect(await stop('held', job)).toBe('stopping')
  // A stop that is sent now would fail, and be tried again.
  await local.scenario([hold, { operation: 'StopTrainingJob', do: 'error500', times: 100 }])
  const looked = { kind, jobName, site: local.site('held'), known: { interruptions: 0 } }
  const look = () => local.inActivity(() => pollJob(local.deps, looked))
  for (let looks = 0; looks < 10; looks++) {
    await expect(look()).rejects.toMatchObject({ type: 'NotYet' })
    expect(await stop('held', job, 86_400)).toBe('stopping')
  }
  expect(await statusOf(jobName)).toBe('Stopping')
  await local.scenario([])
  await untilStopped(jobName)
  expect(await look()).toMatchObject({ status: 'Stopped' })
})

test('a look at a running job fails benignly with the delay until the next; at one that ended, returns', async () => {
  const job = await frozen('poll')
  const { kind, jobName } = job
  const looked = { kind, jobName, site: local.site('poll'), known: { interruptions: 0 } }
  const look = () => local.inActivity(() => pollJob(local.deps, looked))
  await expect(look()).rejects.toMatchObject({ type: 'NotYet', message: 'not visible yet' })
  await createJob(local.deps, { job, site: local.site('poll') })
  await expect(look()).rejects.toMatchObject({ type: 'NotYet', category: 'BENIGN' })
  await stop('poll', job)
  const seen = await waitFor(look, { what: 'look that tells of the end', deadline: 60 })
  expect(seen).toMatchObject({ status: 'Stopped', jobName })
})
