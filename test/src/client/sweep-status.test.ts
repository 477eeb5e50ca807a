import { sweepOutcomeOf, sweepStatusOf } from '../../../src/client/sweep-status'
import { newSweepState } from '../../../src/sweep/new-sweep-state'
import { aSweep } from './a-sweep'

test.each([
  ['RUNNING', null, 'running'],
  ['PAUSED', null, 'running'],
  ['CONTINUED_AS_NEW', null, 'running'],
  ['CANCELLED', null, 'stopped'],
  ['COMPLETED', null, 'completed'],
  ['COMPLETED', 'completed', 'completed'],
  ['COMPLETED', 'rejected', 'rejected'],
  ['COMPLETED', 'failed', 'failed'],
  ['COMPLETED', 'cancelled', 'failed'],
  ['FAILED', null, 'failed'],
  ['TERMINATED', 'completed', 'failed'],
  ['TIMED_OUT', null, 'failed'],
] as const)('a sweep that is %s with a best run %s is %s', (status, bestOutcome, outcome) => {
  const state = { ...newSweepState(aSweep()), bestOutcome }
  expect(sweepOutcomeOf(status, state)).toBe(outcome)
})

test('a sweep that was drained is stopped if no trial had completed, and completed otherwise', () => {
  const drained = { ...newSweepState(aSweep()), draining: true }
  expect(sweepOutcomeOf('RUNNING', drained)).toBe('running')
  expect(sweepOutcomeOf('COMPLETED', drained)).toBe('stopped')
  const counts = { started: 2, completed: 1, failed: 0, stopped: 0 }
  expect(sweepOutcomeOf('COMPLETED', { ...drained, counts })).toBe('completed')
})

const description = {
  workflowId: 'reviews-lr-7f3k2m',
  status: { name: 'RUNNING' as const, code: 1 },
  startTime: new Date('2026-11-23T11:00:00Z'),
  closeTime: undefined,
  memo: {
    sweep: { ...newSweepState(aSweep()), prefix: 's3://bucket/holdfast/sweeps/x' },
    startedAt: '2026-11-23T10:00:00.000Z',
  },
  raw: {},
} as unknown as Parameters<typeof sweepStatusOf>[0]

test('the status is what the memo says, without its S3 prefix', () => {
  const status = sweepStatusOf(description)
  expect(status).toMatchObject({ id: 'reviews-lr-7f3k2m', state: 'running', trials: 6 })
  expect(status).not.toHaveProperty('prefix')
})

test('a sweep that continued as new still began when it was started', () => {
  expect(sweepStatusOf(description).startedAt).toBe('2026-11-23T10:00:00.000Z')
  const memo = { sweep: newSweepState(aSweep()) }
  expect(sweepStatusOf({ ...description, memo }).startedAt).toBe('2026-11-23T11:00:00.000Z')
})

test('a terminated sweep says that it was ended from outside', () => {
  const status = { name: 'TERMINATED' as const, code: 5 }
  expect(sweepStatusOf({ ...description, status })).toMatchObject({
    state: 'failed',
    error: { code: 'E_TERMINATED', message: 'the sweep was terminated from outside' },
  })
})

test('an activity that is being tried again is the problem that holds it up', () => {
  const raw = {
    pendingActivities: [
      {
        activityType: { name: 'preprocess' },
        lastFailure: { message: 'S3 does not answer', applicationFailureInfo: { type: 'Slow' } },
        attempt: 3,
      },
    ],
  }
  const { problem } = sweepStatusOf({ ...description, raw })
  expect(problem).toBe('preprocess: S3 does not answer (try 3)')
})

test('an execution without our memo is refused', () => {
  expect(() => sweepStatusOf({ ...description, memo: {} })).toThrow('says nothing of itself')
})
