import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { extract } from 'tar'

import type { JobEngine } from '../../../../../src/local/sagemaker/jobs/engine'
import { markedProcesses } from '../../../../../src/local/end-process'
import { findOptMl } from '../../../../../src/local/sagemaker/jobs/opt-ml'
import {
  bucket,
  countingScript,
  ended,
  passed,
  processesWith,
  runnerHere,
  startFixture,
  trainingRequest,
  until,
  type Fixture,
} from './fixture'

let fixture: Fixture
let engine: JobEngine
let source: string

beforeAll(async () => {
  fixture = await startFixture()
  await fixture.scenario(`
timeScale: 60
rules:
  - { jobs: "taken-*", when: { checkpoint: 2 }, do: interrupt, times: 2, resumeAfter: 200ms }
  - { jobs: "on-demand", when: { phase: Training }, do: interrupt }
  - { jobs: "waits", when: { phase: Starting }, do: maxWait }
  - { jobs: "no-room", when: { phase: Starting }, do: capacityError }
  - { jobs: "broken-*", when: { logLine: "step 3" }, do: internalError }
`)
  engine = await fixture.engine()
  source = await fixture.source('counting', { 'train.py': countingScript })
}, 180_000)
afterAll(() => fixture.close(), 180_000)

const quick = { steps: 4, every: 2, pause: 0.01 }

test('a job goes through the states of SageMaker and leaves model.tar.gz, output.tar.gz and its log', async () => {
  const script = `
import os, sys
print("héllo from", os.environ["TRAINING_JOB_NAME"], os.environ["TRAINING_JOB_ARN"], os.environ["AWS_REGION"])
print(open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "deep", "a.txt")).read())
open(os.path.join(os.environ["SM_MODEL_DIR"], "weights.bin"), "w").write("weights")
open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "note.txt"), "w").write("note")
`
  await fixture.put('data/train/deep/a.txt', 'the data')
  const request = trainingRequest({
    name: 'plain',
    source: await fixture.source('plain', { 'train.py': script }),
  })
  request.request.InputDataConfig = [
    {
      ChannelName: 'train',
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/data/train` } },
    },
  ]
  const created = await engine.create(request)
  expect(created).toMatchObject({
    status: 'InProgress',
    secondaryStatus: 'Starting',
    runner: runnerHere,
  })
  const job = await ended(engine, created)

  expect(job).toMatchObject({
    status: 'Completed',
    modelArtifacts: `s3://${bucket}/out/plain/output/model.tar.gz`,
  })
  expect(job.transitions.map((transition) => transition.Status)).toEqual([
    'Starting',
    'Downloading',
    'Training',
    'Uploading',
    'Completed',
  ])
  expect(job.transitions.every((transition) => transition.EndTime !== undefined)).toBe(true)
  expect(job.trainingSeconds).toBe(job.billableSeconds)
  expect(await fixture.keys('out/plain')).toEqual([
    'out/plain/output/model.tar.gz',
    'out/plain/output/output.tar.gz',
  ])
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-model-'))
  await writeFile(join(folder, 'model.tar.gz'), await fixture.get('out/plain/output/model.tar.gz'))
  await extract({ file: join(folder, 'model.tar.gz'), cwd: folder })
  expect(await readFile(join(folder, 'weights.bin'), 'utf8')).toBe('weights')
  await rm(folder, { recursive: true })
  const logs = await fixture.logs('plain')
  expect(logs).toContain(`héllo from plain ${job.arn} us-east-1`)
  expect(logs).toContain('the data')
  await engine.remove(job)
  expect(engine.get(job)).toBeUndefined()
}, 180_000)

test('an interrupted spot job resumes inside the same job, twice, from its checkpoints', async () => {
  const request = trainingRequest({
    name: 'taken-1',
    source,
    spot: true,
    hyperparameters: { steps: 12, every: 2, pause: 0.2, most: 4 },
  })
  const job = await ended(engine, await engine.create(request))
  expect(job).toMatchObject({ status: 'Completed', attempt: 3 })
  const states = job.transitions.map((transition) => transition.Status)
  const again = ['Starting', 'Downloading', 'Training']
  expect(states).toEqual([
    ...again,
    'Interrupted',
    ...again,
    'Interrupted',
    ...again,
    'Uploading',
    'Completed',
  ])
  const logs = await fixture.logs('taken-1')
  const starts = logs.filter((line) => line.startsWith('from step'))
  expect(starts).toEqual(['from step 0', 'from step 4', 'from step 8'])
  expect(logs.filter((line) => line.includes('nothing is billed here'))).toHaveLength(3)
  expect(job.logStreams).toHaveLength(3)
  expect(job.billableSeconds).toBeLessThan(job.trainingSeconds ?? 0)
  expect(await fixture.keys('ckpt/taken-1')).toContain(
    'ckpt/taken-1/checkpoint-12/holdfast-manifest.json',
  )
}, 240_000)

test('an on-demand job is not interrupted', async () => {
  const job = await ended(
    engine,
    await engine.create(trainingRequest({ name: 'on-demand', source, hyperparameters: quick })),
  )
  expect(job).toMatchObject({ status: 'Completed', attempt: 1 })
}, 180_000)

test('a checkpoint deleted locally is deleted in S3', async () => {
  const gate = fixture.gate('both-are-there')
  const script = `${passed}
import os, shutil
root = os.environ["SM_INPUT_DIR"].replace("/input", "/checkpoints")
for name in ("one", "two"):
    os.makedirs(os.path.join(root, name)); open(os.path.join(root, name, "f"), "w").write(name)
passed("${gate.path}")
shutil.rmtree(os.path.join(root, "one"))
`
  const request = trainingRequest({
    name: 'rotates',
    source: await fixture.source('rotates', { 'train.py': script }),
    spot: true,
  })
  const created = await engine.create(request)
  await until('both are in S3', async () => (await fixture.keys('ckpt/rotates')).length === 2)
  await gate.open()
  expect(await ended(engine, created)).toMatchObject({ status: 'Completed' })
  expect(await fixture.keys('ckpt/rotates')).toEqual(['ckpt/rotates/two/f'])
}, 180_000)

test('StopTrainingJob ends every process of the job and still uploads what is in model/', async () => {
  // Nobody else's sleep.
  const nap = `98765.${process.pid}`
  const script = `
import os, subprocess, sys, time, signal
open(os.path.join(os.environ["SM_MODEL_DIR"], "part"), "w").write("half")
signal.signal(signal.SIGTERM, lambda *a: print("SIGTERM reached train.py", flush=True))
subprocess.Popen(["sleep", "${nap}"])
subprocess.Popen(["sleep", "${nap}"], start_new_session=True)
print("ready", flush=True)
time.sleep(600)
`
  const created = await engine.create(
    trainingRequest({
      name: 'stopped',
      source: await fixture.source('stopped', { 'train.py': script }),
    }),
  )
  await until('the script is ready', async () => (await fixture.logs('stopped')).includes('ready'))
  expect(await processesWith(nap)).toHaveLength(2)
  await engine.stop(created)
  expect(engine.get(created)).toMatchObject({ status: 'Stopping', secondaryStatus: 'Stopping' })
  const job = await ended(engine, created)
  expect(job).toMatchObject({
    status: 'Stopped',
    secondaryStatus: 'Stopped',
    modelArtifacts: `s3://${bucket}/out/stopped/output/model.tar.gz`,
  })
  expect(job.transitions.map((transition) => transition.Status).slice(-4)).toEqual([
    'Training',
    'Stopping',
    'Uploading',
    'Stopped',
  ])
  expect(await processesWith(nap)).toEqual([])
  expect(await fixture.logs('stopped')).not.toContain('SIGTERM reached train.py')
}, 180_000)

test('a job that is stopped while its process is being started leaves none', async () => {
  const request = trainingRequest({
    name: 'early-stop',
    source: await fixture.source('early-stop', { 'train.py': 'import time\ntime.sleep(600)\n' }),
  })
  const created = await engine.create(request)
  await until('it is to train', () => engine.get(created)?.secondaryStatus === 'Training')
  await engine.stop(created)
  expect(await ended(engine, created)).toMatchObject({ status: 'Stopped' })
  const folder = join(fixture.dataDir, 'sagemaker', 'jobs', 'early-stop')
  expect(markedProcesses(`HOLDFAST_RUN=${folder}/`)).toEqual([])
}, 180_000)

test('a main process that ignores SIGTERM is killed once the grace is over', async () => {
  const nap = `45678.${process.pid}`
  const script = `import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print("deaf", flush=True); time.sleep(${nap})`
  const request = trainingRequest({ name: 'deaf', source })
  request.request.AlgorithmSpecification = {
    TrainingImage: 'image',
    TrainingInputMode: 'File',
    ContainerEntrypoint: ['python3', '-c', script],
  }
  const created = await engine.create(request)
  await until('it runs', async () => (await fixture.logs('deaf')).includes('deaf'))
  const asked = Date.now()
  await engine.stop(created)
  expect(await ended(engine, created)).toMatchObject({ status: 'Stopped' })
  // 120 s of grace at timeScale 60.
  expect(Date.now() - asked).toBeGreaterThanOrEqual(2_000)
  expect(await processesWith(nap)).toEqual([])
}, 180_000)

test('the log says what the image promises and what the request asks in vain', async () => {
  const request = trainingRequest({
    name: 'notices',
    source,
    hyperparameters: quick,
    extra: { EnableNetworkIsolation: true, VpcConfig: { Subnets: ['s'], SecurityGroupIds: ['g'] } },
  })
  request.request.AlgorithmSpecification = {
    TrainingImage: 'registry/huggingface-pytorch-training:1.2.3-transformers3.4.5-gpu-py36',
    TrainingInputMode: 'File',
    MetricDefinitions: [{ Name: 'loss', Regex: 'loss=([0-9.]++)' }],
  }
  await ended(engine, await engine.create(request))
  const logs = await fixture.logs('notices')
  expect(logs).toContainEqual(
    expect.stringMatching(
      /^sagemaker-local: the image says transformers 3\.4\.5 \/ pytorch 1\.2\.3; this machine runs /,
    ),
  )
  expect(logs).toContain(
    'sagemaker-local: accepted, but without effect on this machine: EnableNetworkIsolation, VpcConfig',
  )
  expect(logs).toContainEqual(
    expect.stringMatching(/^sagemaker-local: the metric loss is not read: JavaScript cannot read/),
  )
}, 180_000)

test('what a removed job left behind does not pass for a later job of its name', async () => {
  // A kill came between the record's removal and the folder's.
  const run = join(fixture.dataDir, 'sagemaker', 'jobs', 'again', 'run-1')
  await mkdir(join(run, 'claim'), { recursive: true })
  for (const [file, text] of Object.entries({ exit: '0\n', shim: '1\n1\n', main: '1\n1\n' }))
    await writeFile(join(run, file), text)
  const created = await engine.create(
    trainingRequest({ name: 'again', source, hyperparameters: quick }),
  )
  expect(await ended(engine, created)).toMatchObject({ status: 'Completed' })
  expect(await fixture.logs('again')).toContain('step 4')
}, 180_000)

test('a failing script ends Failed with the head of output/failure', async () => {
  const script = 'import sys\nsys.exit(7)\n'
  const job = await ended(
    engine,
    await engine.create(
      trainingRequest({
        name: 'fails',
        source: await fixture.source('fails', { 'train.py': script }),
      }),
    ),
  )
  expect(job).toMatchObject({ status: 'Failed', secondaryStatus: 'Failed' })
  expect(job.failureReason).toMatch(/^AlgorithmError: ExecuteUserScriptError:\nExitCode 7/)
  expect(job.failureReason).toMatch(/, exit code: 1$/)
  expect(job.transitions.map((transition) => transition.Status)).toEqual([
    'Starting',
    'Downloading',
    'Training',
    'Uploading',
    'Failed',
  ])
}, 180_000)

test('a failure file of the script itself is kept, cut to 1024 characters', async () => {
  const script = `
import os, sys
open(os.path.join(os.environ["SM_OUTPUT_DIR"], "failure"), "w").write("mine " + "x" * 5000)
sys.exit(1)
`
  const job = await ended(
    engine,
    await engine.create(
      trainingRequest({
        name: 'explains',
        source: await fixture.source('explains', { 'train.py': script }),
      }),
    ),
  )
  expect(job.failureReason).toMatch(/^AlgorithmError: mine x+, exit code: 1$/)
  expect(job.failureReason).toHaveLength(1024)
}, 180_000)

test('MaxRuntimeInSeconds and MaxWaitTimeInSeconds end a job by themselves', async () => {
  const slow = { steps: 1000, every: 1000, pause: 0.1 }
  const runtime = trainingRequest({
    name: 'too-long',
    source,
    hyperparameters: slow,
    extra: { StoppingCondition: { MaxRuntimeInSeconds: 2 } },
  })
  const wait = trainingRequest({
    name: 'too-late',
    source,
    hyperparameters: slow,
    spot: true,
    extra: { StoppingCondition: { MaxRuntimeInSeconds: 2000, MaxWaitTimeInSeconds: 3 } },
  })
  const jobs = await Promise.all([engine.create(runtime), engine.create(wait)])
  const [long, late] = await Promise.all(jobs.map((job) => ended(engine, job)))
  expect(long).toMatchObject({ status: 'Stopped', secondaryStatus: 'MaxRuntimeExceeded' })
  expect(late).toMatchObject({ status: 'Stopped', secondaryStatus: 'MaxWaitTimeExceeded' })
}, 180_000)

test('the scenario ends jobs for want of capacity and after internal errors', async () => {
  const retried = { RetryStrategy: { MaximumRetryAttempts: 1 } }
  const created = await Promise.all([
    engine.create(trainingRequest({ name: 'waits', source, hyperparameters: quick, spot: true })),
    engine.create(trainingRequest({ name: 'no-room', source, hyperparameters: quick })),
    engine.create(
      trainingRequest({ name: 'broken-1', source, hyperparameters: { ...quick, pause: 0.3 } }),
    ),
    engine.create(
      trainingRequest({
        name: 'broken-2',
        source,
        hyperparameters: { ...quick, pause: 0.3 },
        extra: retried,
      }),
    ),
  ])
  const [waits, noRoom, broken, mended] = await Promise.all(
    created.map((job) => ended(engine, job)),
  )
  expect(waits).toMatchObject({ status: 'Stopped', secondaryStatus: 'MaxWaitTimeExceeded' })
  expect(waits?.startTime).toBeUndefined()
  expect(noRoom).toMatchObject({ status: 'Failed' })
  expect(noRoom?.failureReason).toMatch(/^CapacityError: /)
  expect(broken?.failureReason).toMatch(/^InternalServerError: /)
  expect(mended).toMatchObject({ status: 'Completed', attempt: 2 })
  expect(mended?.transitions.map((transition) => transition.Status)).toContain('Restarting')
}, 240_000)

test.each(['auto', 'rewrite'] as const)(
  'two jobs that write to /opt/ml at once do not see each other (%s)',
  async (optMl) => {
    const { mounted } = await findOptMl({ mode: 'auto' })
    const own = optMl === 'auto' ? engine : await fixture.engine({ runner: 'built-in', optMl })
    const script = `
import sys, os, time
args = dict(zip(sys.argv[1::2], sys.argv[2::2]))
open(os.path.join(args["--out"], "who"), "w").write(args["--me"])
time.sleep(1)
print("it is", open(os.path.join(args["--out"], "who")).read(), os.listdir(args["--out"]))
`
    const uri = await fixture.source(`opt-ml-${optMl}`, { 'train.py': script })
    const start = (me: string) =>
      own.create(
        trainingRequest({
          name: `${optMl}-${me}`,
          source: uri,
          hyperparameters: { me, out: '/opt/ml/model' },
        }),
      )
    const jobs = await Promise.all(
      (await Promise.all([start('a'), start('b')])).map((job) => ended(own, job)),
    )
    expect(jobs.map((job) => job.status)).toEqual(['Completed', 'Completed'])
    for (const me of ['a', 'b']) {
      const logs = await fixture.logs(`${optMl}-${me}`)
      expect(logs).toContain(`it is ${me} ['who']`)
      expect(logs.some((line) => line.includes('/opt/ml cannot be mounted here'))).toBe(
        optMl === 'rewrite' || !mounted,
      )
    }
  },
  180_000,
)

test('a missing channel is the user’s error; an S3 server that is away is the platform’s', async () => {
  const request = trainingRequest({ name: 'no-data', source })
  request.request.InputDataConfig = [
    {
      ChannelName: 'train',
      DataSource: {
        S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/nothing/here` },
      },
    },
  ]
  const noData = await ended(engine, await engine.create(request))
  expect(noData.failureReason).toMatch(/^ClientError: Data download failed:No S3 objects found/)
  await fixture.stopS3()
  const own = await fixture.engine({ s3PatienceSeconds: 1 })
  const away = trainingRequest({ name: 'no-s3', source })
  away.request.InputDataConfig = request.request.InputDataConfig
  const noS3 = await ended(own, await own.create(away))
  await fixture.startS3()
  expect(noS3.failureReason).toMatch(/^InternalServerError: S3 or the disk stayed unusable/)
}, 180_000)
