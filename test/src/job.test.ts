import { ProcessingJobStatus, SecondaryStatus, TrainingJobStatus } from '@aws-sdk/client-sagemaker'

import {
  endingOf,
  isNews,
  isTerminal,
  meaningOf,
  type JobEnding,
  type JobSnapshot,
} from '../../src/job'
import { knownSecondaryStatus, knownStatus } from '../../src/job-status'

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
])('%s is an end: %p', (status, ended) =>
  expect(isTerminal(job({ status: knownStatus(status) }))).toBe(ended),
)

/** The enums of the SDK are those of the service model that it was generated from. */
const statuses = [
  ...new Set([...Object.values(TrainingJobStatus), ...Object.values(ProcessingJobStatus)]),
]
const everyPair = statuses.flatMap((status) =>
  Object.values(SecondaryStatus).map((secondaryStatus) => ({ status, secondaryStatus })),
)

test('every status that the service model knows is known, with every secondary status', () => {
  expect(everyPair.length).toBeGreaterThanOrEqual(6 * 17)
  for (const pair of everyPair) {
    expect(knownStatus(pair.status)).toBe(pair.status)
    expect(knownSecondaryStatus(pair.secondaryStatus)).toBe(pair.secondaryStatus)
    expect(meaningOf(pair)).toEqual(expect.any(String))
  }
})

test('the status alone says whether a job has ended, and only Completed is a success', () => {
  for (const pair of everyPair) {
    const seen = job({ ...pair, failureReason: 'something new' })
    const ended = ['Completed', 'Failed', 'Stopped'].includes(pair.status)
    expect(isTerminal(seen)).toBe(ended)
    if (!ended) expect(() => endingOf(seen)).toThrow('has not ended')
    else expect(endingOf(seen) === 'completed').toBe(pair.status === 'Completed')
  }
})

test.each([undefined, '', 'Paused', 'toString', '__proto__', 'completed'])(
  'a status that nobody knew when this was written (%p) counts as in progress',
  (word) => {
    for (const { status, secondaryStatus } of everyPair) {
      const odd = { status: knownStatus(word), secondaryStatus }
      expect(isTerminal(job(odd))).toBe(false)
      const newSecondary = { status, secondaryStatus: knownSecondaryStatus(word) }
      expect(isTerminal(job(newSecondary))).toBe(isTerminal(job({ status, secondaryStatus })))
    }
  },
)

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
  const ended = job({
    status: knownStatus(status),
    secondaryStatus: knownSecondaryStatus(secondaryStatus),
    ...(failureReason ? { failureReason } : {}),
  })
  expect(endingOf(ended)).toBe(ending)
})

test('a wait comes back for an end, for a stall and for an interruption that is not yet known', () => {
  expect(isNews(job({}), { interruptions: 0 })).toBe(false)
  expect(isNews(job({ interruptions: 1 }), { interruptions: 0 })).toBe(true)
  expect(isNews(job({ interruptions: 1 }), { interruptions: 1 })).toBe(false)
  expect(isNews(job({ status: 'Failed' }), { interruptions: 0 })).toBe(true)
  expect(isNews(job({ stalled: true }), { interruptions: 0 })).toBe(true)
})
