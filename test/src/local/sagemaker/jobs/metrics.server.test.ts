import { trainerMetricDefinitions } from '../../../../../src/config/metric-definitions'
import type { JobRecord } from '../../../../../src/local/sagemaker/jobs/job'
import { ended, passed, startFixture, trainingRequest, until, type Fixture } from './fixture'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
}, 180_000)
afterAll(() => fixture.close(), 180_000)

const valuesOf = (job: JobRecord | undefined) =>
  Object.fromEntries((job?.metrics ?? []).map(({ MetricName, Value }) => [MetricName, Value]))

/** Runs the text without a toolkit. */
function request(options: {
  name: string
  script?: string
  definitions?: { Name: string; Regex: string }[]
  hyperparameters?: Record<string, unknown>
  spot?: boolean
}) {
  const { name, script, definitions, hyperparameters = {}, spot = false } = options
  const made = trainingRequest({ name, source: 'none', hyperparameters, spot })
  made.request.AlgorithmSpecification = {
    TrainingImage: 'image',
    TrainingInputMode: 'File',
    MetricDefinitions: definitions ?? trainerMetricDefinitions,
    ...(script === undefined ? {} : { ContainerEntrypoint: ['python3', '-c', script] }),
  }
  return made
}

test('the last value of each metric is kept, also of a last line without end and of a failed job', async () => {
  const engine = await fixture.engine()
  const gate = fixture.gate('the-first-was-seen')
  const script = `${passed}
import sys
print({'loss': 0.75, 'learning_rate': 1e-05})
passed('${gate.path}')
print({'loss': -0.25})
print({'eval_loss': float('nan')})
print({'eval_accuracy': 0.5}, end='')
sys.exit(3)
`
  const created = await engine.create(request({ name: 'last', script }))
  const running = await until('a metric shows while it runs', () => {
    const job = engine.get(created)
    return job?.metrics ? job : undefined
  })
  expect(running.status).toBe('InProgress')
  await gate.open()
  const job = await ended(engine, created)
  expect(job.status).toBe('Failed')
  expect(valuesOf(job)).toEqual({
    loss: -0.25,
    learning_rate: Math.fround(1e-5),
    eval_accuracy: 0.5,
  })
  for (const { Timestamp } of job.metrics ?? []) {
    expect(Timestamp).toBeGreaterThanOrEqual(job.creationTime)
    expect(Timestamp).toBeLessThanOrEqual(job.endTime ?? 0)
  }
}, 180_000)

test('a flood of metrics is no flood of writes', async () => {
  const engine = await fixture.engine()
  const gate = fixture.gate('flooded')
  const script = `
import os, time
while not os.path.exists('${gate.path}'):
    print({'loss': time.time() % 1})
    time.sleep(0.005)
print({'loss': 0.5})
`
  const created = await engine.create(request({ name: 'flood', script }))
  const changes = new Set<number>()
  const look = () => {
    const now = engine.get(created)
    if (now?.secondaryStatus === 'Training') changes.add(now.lastModifiedTime)
    return now
  }
  // That it begins to train, and two writes a second apart.
  await until('it was written three times', () => look() && changes.size >= 3)
  await gate.open()
  const job = await until('it ends', () => {
    const now = look()
    return now?.status === 'Completed' ? now : undefined
  })
  expect(valuesOf(job)).toEqual({ loss: 0.5 })
  const { StartTime = 0, EndTime = 0 } =
    job.transitions.find(({ Status }) => Status === 'Training') ?? {}
  expect(changes.size).toBeLessThanOrEqual(2 + EndTime - StartTime)
}, 180_000)

test('metrics of a start that was interrupted stay until a later one prints them again', async () => {
  await fixture.scenario(
    `timeScale: 100\nrules: [{ jobs: spotty, when: { logLine: go }, do: interrupt }]`,
  )
  const engine = await fixture.engine()
  const script = `
import os, sys, time
seen = os.path.join(os.environ['SAGEMAKER_BASE_DIR'], 'checkpoints', 'seen')
if os.path.exists(seen):
    print({'loss': 0.25})
else:
    open(seen, 'w').write('1')
    print({'loss': 0.5, 'epoch': 1})
    # At once: what is interrupted at the first of these lines has written the second.
    sys.stdout.write("go\\n{'eval_accuracy': 0.875}\\n")
    time.sleep(500)
`
  const job = await ended(
    engine,
    await engine.create(request({ name: 'spotty', script, spot: true })),
  )
  expect(job).toMatchObject({ status: 'Completed', attempt: 2 })
  expect(valuesOf(job)).toEqual({ loss: 0.25, epoch: 1, eval_accuracy: 0.875 })
  await fixture.scenario('')
}, 180_000)

test('a job of the scripted runner prints its hyperparameters at its end', async () => {
  const engine = await fixture.engine({ runner: 'scripted' })
  const definitions = [
    { Name: 'score', Regex: "'learning_rate': ([0-9.e+-]+)" },
    { Name: 'train_batch_size', Regex: "'train_batch_size': ([0-9]+)" },
    { Name: 'never', Regex: "'never': ([0-9]+)" },
  ]
  const hyperparameters = { learning_rate: 3e-4, train_batch_size: 16 }
  const job = await ended(
    engine,
    await engine.create(request({ name: 'scripted', definitions, hyperparameters })),
  )
  expect(valuesOf(job)).toEqual({ score: Math.fround(3e-4), train_batch_size: 16 })
}, 180_000)

test('a request that does not define metrics has none', async () => {
  const engine = await fixture.engine({ runner: 'scripted' })
  const job = await ended(
    engine,
    await engine.create(trainingRequest({ name: 'plain', source: 'none' })),
  )
  expect(job).toMatchObject({ status: 'Completed' })
  expect(job).not.toHaveProperty('metrics')
}, 180_000)
