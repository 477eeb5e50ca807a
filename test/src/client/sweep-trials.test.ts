import { quoted } from '../../../src/client/quoted'
import { seenTrialOf } from '../../../src/client/sweep-trials'
import { aTrial } from './a-sweep'

type Listed = Parameters<typeof seenTrialOf>[0]

function listed(status: string, changes: Partial<Listed> = {}): Listed {
  return {
    workflowId: 'reviews-lr-7f3k2m/trial-0017',
    status: { name: status, code: 0 } as Listed['status'],
    memo: { trial: aTrial({ number: 17, state: 'running', score: null }) },
    closeTime: status === 'RUNNING' ? undefined : new Date(5_000),
    ...changes,
  } as Listed
}

test('a trial is what its memo says', () => {
  const trial = aTrial({ number: 17 })
  expect(seenTrialOf(listed('COMPLETED', { memo: { trial } }))).toEqual({
    trial,
    closedAt: 5_000,
    told: true,
  })
})

test('a trial that was terminated before it could say so counts as failed', () => {
  expect(seenTrialOf(listed('TERMINATED'))?.trial).toMatchObject({
    number: 17,
    state: 'failed',
    error: { code: 'E_TERMINATED', message: 'the trial was terminated from outside' },
  })
})

test('a trial that was cancelled before it began counts as stopped', () => {
  expect(seenTrialOf(listed('CANCELLED', { memo: {} }))?.trial).toMatchObject({
    number: 17,
    state: 'stopped',
    error: null,
  })
})

test('what a trial said last is believed, whatever became of its execution', () => {
  const trial = aTrial({ number: 17, state: 'stopped', score: null })
  expect(seenTrialOf(listed('CANCELLED', { memo: { trial } }))?.trial).toEqual(trial)
})

test('a trial that has not begun has said nothing yet', () => {
  const seen = seenTrialOf(listed('RUNNING', { memo: {} }))
  expect(seen).toMatchObject({ told: false, closedAt: null, trial: { state: 'running' } })
})

test('what is not named as a trial is none', () => {
  expect(seenTrialOf(listed('RUNNING', { workflowId: 'reviews-lr-7f3k2m/best' }))).toBeNull()
})

test('a quote in an id cannot end the value of a list filter', () => {
  expect(quoted("a' OR '1'='1")).toBe("'a'' OR ''1''=''1'")
  expect(quoted('a\\')).toBe("'a\\\\'")
})
