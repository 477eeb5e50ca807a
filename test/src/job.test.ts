import { endingOf, isNews, isTerminal, type JobEnding, type JobSnapshot } from '../../src/job'

const job = (changes: Partial<JobSnapshot>): JobSnapshot => ({
  jobName: 'reviews-0123456789-a1',
  kind: 'training',
  status: 'InProgress',
  secondaryStatus: 'Training',
  interruptions: 0,
  ...changes,
})

test.each([
  ['Completed', true],
  ['Failed', true],
  ['Stopped', true],
  ['InProgress', false],
  ['Stopping', false],
  ['ANewStatus', false],
])('%s is an end: %p', (status, ended) => expect(isTerminal(job({ status }))).toBe(ended))

const endings: [string, string, string | undefined, JobEnding][] = [
  ['Completed', 'Completed', undefined, 'completed'],
  ['Stopped', 'MaxWaitTimeExceeded', undefined, 'capacity'],
  ['Stopped', 'MaxRuntimeExceeded', undefined, 'maxRuntime'],
  ['Stopped', 'Stopped', undefined, 'stopped'],
  ['Stopped', 'Interrupted', undefined, 'stopped'],
  ['Stopped', '', undefined, 'stopped'],
  ['Failed', 'Failed', 'CapacityError: Unable to provision requested ML compute', 'capacity'],
  ['Failed', 'Failed', 'InternalServerError: We encountered an internal error', 'infrastructure'],
  ['Failed', 'Failed', 'AlgorithmError: ExecuteUserScriptError: exit code 1', 'user'],
  ['Failed', 'Failed', 'ClientError: Data download failed: NoSuchKey', 'user'],
  ['Failed', 'Failed', 'AlgorithmError: botocore raised InternalServerError', 'user'],
  ['Failed', 'Failed', 'AlgorithmError: CapacityError of my own', 'user'],
  ['Failed', 'Failed', 'something new', 'user'],
  ['Failed', 'Failed', undefined, 'user'],
]

test.each(endings)('%s / %s (%s) means %s', (status, secondaryStatus, failureReason, ending) => {
  const ended = job({ status, secondaryStatus, ...(failureReason ? { failureReason } : {}) })
  expect(endingOf(ended)).toBe(ending)
})

test('a wait comes back for an end and for an interruption that is not yet known', () => {
  expect(isNews(job({}), { interruptions: 0 })).toBe(false)
  expect(isNews(job({ interruptions: 1 }), { interruptions: 0 })).toBe(true)
  expect(isNews(job({ interruptions: 1 }), { interruptions: 1 })).toBe(false)
  expect(isNews(job({ status: 'Failed' }), { interruptions: 0 })).toBe(true)
})
