import { readJobEvent } from '../../../src/wake-ups/read-job-event'

const training = {
  'detail-type': 'SageMaker Training Job State Change',
  source: 'aws.sagemaker',
  detail: {
    TrainingJobName: 'reviews-a1',
    TrainingJobArn: 'arn:aws:sagemaker:us-east-1:111122223333:training-job/reviews-a1',
    TrainingJobStatus: 'Completed',
    Tags: { 'holdfast:run': 'reviews', 'holdfast:owner': 'n/r/f' },
  },
}

test('an event of a training job names the job and its tags', () => {
  expect(readJobEvent(JSON.stringify(training))).toEqual({
    kind: 'training',
    jobName: 'reviews-a1',
    jobArn: training.detail.TrainingJobArn,
    tags: new Map([
      ['holdfast:run', 'reviews'],
      ['holdfast:owner', 'n/r/f'],
    ]),
    goesOn: false,
  })
})

test.each([
  ['InProgress', 'Training', true],
  ['InProgress', 'Starting', true],
  ['Stopping', 'Stopping', true],
  ['InProgress', 'Interrupted', false],
  ['Stopped', 'MaxWaitTimeExceeded', false],
  ['Failed', 'Failed', false],
  ['Paused', 'Training', false],
  [undefined, undefined, false],
])('of a job that is %s / %s nobody need look: %s', (status, secondary, goesOn) => {
  const detail = { ...training.detail, TrainingJobStatus: status, SecondaryStatus: secondary }
  expect(readJobEvent(JSON.stringify({ ...training, detail }))?.goesOn).toBe(goesOn)
})

test('tags may also be a list, or not be there', () => {
  const withTags = (Tags: unknown) =>
    readJobEvent(JSON.stringify({ ...training, detail: { ...training.detail, Tags } }))?.tags
  expect(withTags([{ Key: 'a', Value: 'b' }])).toEqual(new Map([['a', 'b']]))
  for (const none of [undefined, null, {}, [], 'x', [1], { a: 1 }])
    expect(withTags(none)).toEqual(new Map())
})

test.each([
  ['processing', 'Processing'],
  ['transform', 'Transform'],
])('an event of a %s job is read by its own members', (kind, word) => {
  const detail = { [`${word}JobName`]: 'reviews-e1', [`${word}JobArn`]: 'arn:e1' }
  const event = { 'detail-type': `SageMaker ${word} Job State Change`, detail }
  expect(readJobEvent(JSON.stringify(event))).toEqual({
    kind,
    jobName: 'reviews-e1',
    jobArn: 'arn:e1',
    tags: new Map(),
    goesOn: false,
  })
})

test.each([
  ['no JSON', '{'],
  ['JSON of another kind', '[1]'],
  ['nothing', ''],
  [
    'an event of another thing',
    JSON.stringify({ ...training, 'detail-type': 'SageMaker Model State Change' }),
  ],
  ['an event without its detail', JSON.stringify({ ...training, detail: null })],
  ['an event without a name', JSON.stringify({ ...training, detail: { Tags: {} } })],
])('%s is no event of a job', (_what, body) => {
  expect(readJobEvent(body)).toBeNull()
})
