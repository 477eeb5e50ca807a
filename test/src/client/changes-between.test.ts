import { changesBetween } from '../../../src/client/run-events'
import { stageNames, type Attempt, type RunStatus } from '../../../src/run-state'

const attempt: Attempt = {
  jobName: 'reviews-0123456789-a1',
  placement: { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
  status: 'InProgress',
  secondaryStatus: 'Starting',
  interruptions: 0,
  resumedFromStep: 0,
  stepsLost: 0,
  trainingSeconds: 0,
  billableSeconds: 0,
  runner: 'sagemaker',
}
const status: RunStatus = {
  id: 'reviews-7f3k2m',
  pipeline: 'reviews',
  state: 'running',
  stage: 'train',
  stages: stageNames.map((name) => ({ name, state: 'pending' })),
  startedAt: '2026-01-01T00:00:00Z',
  endedAt: null,
  training: { attempts: [] },
  problem: null,
  metrics: {},
  gate: null,
  published: null,
  error: null,
}
const withAttempt = (changes: Partial<Attempt>): RunStatus => ({
  ...status,
  training: { attempts: [{ ...attempt, ...changes }] },
})

test('a reading that says the same gives no event', () => {
  expect(changesBetween(undefined, status)).toEqual([])
  expect(changesBetween(withAttempt({}), withAttempt({}))).toEqual([])
})

test('a stage is told once for each state it takes, with its note', () => {
  const stages = status.stages.map((stage) =>
    stage.name === 'upload' ? { ...stage, state: 'done' as const, note: '3 files' } : stage,
  )
  const after = { ...status, stages }
  const events = [{ type: 'stage', stage: 'upload', state: 'done', note: '3 files' }]
  expect(changesBetween(status, after)).toEqual(events)
  expect(changesBetween(after, after)).toEqual([])
})

test('an interruption is told before the job’s new status', () => {
  const after = withAttempt({ interruptions: 1, secondaryStatus: 'Interrupted' })
  expect(changesBetween(withAttempt({}), after).map(({ type }) => type)).toEqual([
    'interrupted',
    'job',
  ])
})

test('an attempt is known again by its job when those before it were forgotten', () => {
  const running = { ...attempt, secondaryStatus: 'Training', interruptions: 2 }
  const refused = { ...attempt, jobName: 'reviews-0123456789-a0', status: 'Refused' }
  const before = { ...status, training: { attempts: [refused, running] } }
  expect(changesBetween(before, { ...status, training: { attempts: [running] } })).toEqual([])
})

test('an attempt without a job yet is not told; a second attempt is', () => {
  expect(changesBetween(status, withAttempt({ jobName: '' }))).toEqual([])
  const two = withAttempt({})
  two.training.attempts.push({ ...attempt, jobName: 'reviews-0123456789-a2' })
  expect(changesBetween(withAttempt({}), two)).toEqual([
    {
      type: 'job',
      jobName: 'reviews-0123456789-a2',
      status: 'InProgress',
      secondaryStatus: 'Starting',
    },
  ])
})

test('who comes late is told everything that happened, and its end last', () => {
  const published = { modelPackageArn: 'arn', version: 1, artifactUri: 's3://b/k', sha256: 'a' }
  const stages = status.stages.map((stage) => ({ ...stage, state: 'done' as const }))
  const after: RunStatus = { ...withAttempt({}), stages, state: 'completed', published }
  const told = changesBetween(undefined, after).map((event) =>
    event.type === 'stage' ? event.stage : event.type,
  )
  expect(told).toEqual([
    ...['preprocess', 'upload', 'job', 'train', 'evaluate', 'gate', 'publish'],
    ...['published', 'ended'],
  ])
})
