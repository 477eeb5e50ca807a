import { spawn, type ChildProcess } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { trainerMetricDefinitions } from '../../../../../src/config/metric-definitions'
import type { JobRecord } from '../../../../../src/local/sagemaker/jobs/job'
import { packageRoot } from '../../../../../src/package-root'
import {
  countingScript,
  ended,
  passed,
  processesWith,
  region,
  startFixture,
  trainingRequest,
  until,
  type Fixture,
} from './fixture'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
}, 180_000)
afterAll(() => fixture.close(), 180_000)

/** An engine in a process of its own, which can be killed as a server is. */
const host = `
const { createJobEngine } = require(process.argv[1] + '/engine')
const { createScenario } = require(process.argv[1] + '/scenario')
const [dataDir, region, request] = process.argv.slice(2)
const logger = { info() {}, warn() {}, error() {} }
const scenario = createScenario({ file: dataDir + '/scenario.yaml', logger })
createJobEngine({ dataDir, runner: 'toolkit', region, scenario, logger }).then(async (engine) => {
  if (request) await engine.create(JSON.parse(request))
  console.log('ready')
  setInterval(() => {}, 1000)
})
`

async function engineProcess(request?: unknown): Promise<ChildProcess> {
  const compiled = join(packageRoot(), 'dist', 'src', 'local', 'sagemaker', 'jobs')
  const args = [
    '-e',
    host,
    compiled,
    fixture.dataDir,
    region,
    ...(request ? [JSON.stringify(request)] : []),
  ]
  const child = spawn(process.execPath, args, {
    env: process.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (text: Buffer) => (said += text.toString()))
  await until('the engine is ready', () => said.includes('ready') || child.exitCode !== null)
  expect(child.exitCode).toBeNull()
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

const restarts = async (name: string) =>
  (await fixture.logs(name)).filter((line) => line.startsWith('from step')).length

test('a job outlives kill -9 of its engine again and again, and every line of its log arrives once', async () => {
  const source = await fixture.source('counting', { 'train.py': countingScript })
  const request = trainingRequest({
    name: 'outlives',
    source,
    spot: true,
    hyperparameters: { steps: 40, every: 5, pause: 0.15 },
  })
  const { AlgorithmSpecification } = request.request
  const MetricDefinitions = [
    { Name: 'first', Regex: '^from step ([0-9]+)' },
    { Name: 'step', Regex: '^step ([0-9]+)' },
  ]
  request.request.AlgorithmSpecification = {
    ...(AlgorithmSpecification as object),
    MetricDefinitions,
  }
  let child = await engineProcess(request)
  await until('it trains', async () => (await fixture.logs('outlives')).includes('step 1'))
  for (let kills = 0; kills < 3; kills++) {
    await new Promise((resolve) => setTimeout(resolve, 300 + 700 * kills))
    await kill(child)
    child = await engineProcess()
  }
  await kill(child)
  const engine = await fixture.engine()
  const job = await ended(engine, { kind: 'training', name: 'outlives' })
  expect(job).toMatchObject({ status: 'Completed', attempt: 1 })
  expect(job.metrics).toMatchObject([
    { MetricName: 'first', Value: 0 },
    { MetricName: 'step', Value: 40 },
  ])
  const steps = (await fixture.logs('outlives')).filter((line) => line.startsWith('step '))
  expect(steps).toEqual(Array.from({ length: 40 }, (_, index) => `step ${index + 1}`))
  expect(await restarts('outlives')).toBe(1)
  expect((await fixture.keys('ckpt/outlives')).length).toBe(16)
}, 240_000)

test('a job of two instances outlives kill -9 of its engine, and one that failed meanwhile ends it', async () => {
  const gate = fixture.gate('no-engine-runs')
  const source = await fixture.source('two-outlive', {
    'train.py': `${passed}
import os, sys, time
host = os.environ["SM_CURRENT_HOST"]
for step in range(60):
    if step == 30:
        passed("${gate.path}")
    print(host, "step", step, flush=True)
    time.sleep(0.02)
open(os.path.join(os.environ["SM_MODEL_DIR"], host), "w").write(host)
if os.environ.get("SM_HP_FAIL") == host:
    sys.exit(3)
`,
  })
  const create = (name: string, hyperparameters: Record<string, unknown>) => {
    const ResourceConfig = { InstanceType: 'ml.p3.2xlarge', InstanceCount: 2, VolumeSizeInGB: 30 }
    return trainingRequest({ name, source, hyperparameters, extra: { ResourceConfig } })
  }
  const names = ['two-well', 'two-ill']
  let child = await engineProcess(create('two-well', {}))
  await kill(child)
  child = await engineProcess(create('two-ill', { fail: 'algo-2' }))
  for (const name of names)
    for (const host of ['algo-1', 'algo-2'])
      await until(`${host} of ${name} runs`, async () =>
        (await fixture.logs(name).catch(() => [''])).includes(`${host} step 1`),
      )
  await kill(child)
  child = await engineProcess()
  await new Promise((resolve) => setTimeout(resolve, 500))
  await kill(child)
  // The rest of both happens while no engine runs.
  await gate.open()
  const jobs = join(fixture.dataDir, 'sagemaker', 'jobs')
  await until('nothing runs', async () => (await processesWith(`${jobs}/two-`)).length === 0)

  const engine = await fixture.engine()
  const [well, ill] = await Promise.all(
    names.map((name) => ended(engine, { kind: 'training', name })),
  )
  expect(well).toMatchObject({ status: 'Completed', attempt: 1 })
  expect(ill).toMatchObject({ status: 'Failed', failedHost: 'algo-2' })
  for (const name of names) {
    const lines = (await fixture.logs(name)).filter((line) => line.startsWith('algo-'))
    for (const host of ['algo-1', 'algo-2']) {
      const steps = lines.filter((line) => line.startsWith(`${host} step`))
      expect(steps).toEqual(Array.from({ length: 60 }, (_, step) => `${host} step ${step}`))
    }
  }
}, 240_000)

test('a metric that was in the log and not yet in the record when its engine was killed is not lost', async () => {
  const gate = fixture.gate('the-first-is-recorded')
  const source = await fixture.source('unrecorded', {
    'train.py': `${passed}
print("{'loss': 0.75, 'epoch': 1}", flush=True)
passed("${gate.path}")
print("{'loss': 0.5}", flush=True)
time.sleep(1)
`,
  })
  const request = trainingRequest({ name: 'unrecorded', source })
  request.request.AlgorithmSpecification = {
    TrainingImage: 'image',
    TrainingInputMode: 'File',
    MetricDefinitions: trainerMetricDefinitions,
  }
  const file = join(fixture.dataDir, 'sagemaker', 'jobs', 'unrecorded', 'job.json')
  const record = async () => (JSON.parse(await readFile(file, 'utf8')) as JobRecord).metrics
  const child = await engineProcess(request)
  await until('the first line is in the record', record)
  await gate.open()
  await until('the second is in the log', async () =>
    (await fixture.logs('unrecorded')).includes("{'loss': 0.5}"),
  )
  await kill(child)
  const recorded = await record()
  // On a busy machine the second line may have come late enough to be recorded, too.
  expect(recorded).toMatchObject([{ MetricName: 'loss' }, { MetricName: 'epoch', Value: 1 }])
  const engine = await fixture.engine()
  const job = await ended(engine, { kind: 'training', name: 'unrecorded' })
  expect(job).toMatchObject({ status: 'Completed' })
  expect(job.metrics).toEqual([
    { MetricName: 'loss', Value: 0.5, Timestamp: expect.any(Number) as number },
    recorded?.[1],
  ])
}, 180_000)

test('a script that ended while no engine ran is finished by the next one', async () => {
  const gate = fixture.gate('no-engine-runs-either')
  const source = await fixture.source('brief', {
    'train.py': `${passed}\nprint("up", flush=True)\npassed("${gate.path}")\nprint("last words", end="")\n`,
  })
  const child = await engineProcess(trainingRequest({ name: 'brief', source }))
  await until('it runs', async () => (await fixture.logs('brief')).includes('up'))
  await kill(child)
  await gate.open()
  await until(
    'it has ended',
    async () =>
      (await processesWith(join(fixture.dataDir, 'sagemaker', 'jobs', 'brief', 'run-1'))).length ===
      0,
  )
  const engine = await fixture.engine()
  expect(await ended(engine, { kind: 'training', name: 'brief' })).toMatchObject({
    status: 'Completed',
  })
  expect((await fixture.logs('brief')).filter((line) => line.includes('last words'))).toHaveLength(
    1,
  )
}, 180_000)

test('a process that vanished without an exit code is a failure of the platform', async () => {
  const source = await fixture.source('lost', {
    'train.py': 'import time\nprint("up", flush=True)\ntime.sleep(500)\n',
  })
  const child = await engineProcess(trainingRequest({ name: 'lost', source }))
  await until('it runs', async () => (await fixture.logs('lost')).includes('up'))
  await kill(child)
  const run = join(fixture.dataDir, 'sagemaker', 'jobs', 'lost', 'run-1')
  const [pid, started] = (await readFile(join(run, 'shim'), 'utf8')).split('\n')
  process.kill(-Number(pid), 'SIGKILL')
  await until('it is gone', async () => (await processesWith(run)).length === 0)
  // A stranger has the pid by now: this very test. It must come to no harm.
  await writeFile(join(run, 'shim'), `${process.pid}\n${started ?? ''}\n`)
  const engine = await fixture.engine()
  const job = await ended(engine, { kind: 'training', name: 'lost' })
  expect(job).toMatchObject({ status: 'Failed' })
  expect(job.failureReason).toMatch(/^InternalServerError: the machine lost the job/)
}, 180_000)

test('a closed engine leaves its job running, and a stop is not forgotten', async () => {
  const source = await fixture.source('long', {
    'train.py': 'import time\nprint("up", flush=True)\ntime.sleep(500)\n',
  })
  const first = await fixture.engine()
  const created = await first.create(trainingRequest({ name: 'long', source }))
  await until('it runs', async () => (await fixture.logs('long')).includes('up'))
  await first.close()
  const run = join(fixture.dataDir, 'sagemaker', 'jobs', 'long', 'run-1')
  expect((await processesWith(run)).length).toBeGreaterThan(0)
  const second = await fixture.engine()
  await second.stop(created)
  await second.close()
  const third = await fixture.engine()
  expect(await ended(third, created)).toMatchObject({ status: 'Stopped' })
  expect(await processesWith(run)).toEqual([])
}, 180_000)
