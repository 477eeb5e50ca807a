import { extensionOf } from '../../../src/client/sweep-extension'
import { aSweepStatus } from './a-sweep'

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`
  }
  return 'no error'
}

test('more trials become a total, so that the same signal may come twice', () => {
  const extension = { trials: 4, parallel: 3 }
  expect(extensionOf({ status: aSweepStatus(), extension })).toEqual({ total: 10, parallel: 3 })
})

test('what is not asked for is not signalled', () => {
  expect(extensionOf({ status: aSweepStatus(), extension: { parallel: 5 } })).toEqual({
    parallel: 5,
  })
})

test('as many trials at a time as there are in all, the new ones included, are allowed', () => {
  const extension = { trials: 2, parallel: 8 }
  expect(extensionOf({ status: aSweepStatus(), extension })).toEqual({ total: 8, parallel: 8 })
})

test('a grid cannot have more trials than points, and the error says how many', () => {
  const status = aSweepStatus({ method: 'grid', trials: 6, mostTrials: 8 })
  expect(extensionOf({ status, extension: { trials: 2 } })).toEqual({ total: 8 })
  expect(codeOf(() => extensionOf({ status, extension: { trials: 3 } }))).toBe(
    "E_SWEEP_FULL: 9 trials are more than the grid's 8 points (reviews-lr-7f3k2m)",
  )
})

test.each([
  [{ trials: 0 }, 'trials is 0'],
  [{ trials: 1.5 }, 'trials is 1.5'],
  [{ parallel: 0 }, 'parallel is 0'],
  [{ parallel: 7 }, '7 trials at a time are more than the 6 in all'],
  [{ trials: 1_000, parallel: 501 }, '501 trials at a time are too many'],
  [{}, 'nothing was asked for'],
])('%j is refused before anything is signalled', (extension, why) => {
  expect(codeOf(() => extensionOf({ status: aSweepStatus(), extension }))).toBe(
    `E_SWEEP_EXTEND: ${why} (reviews-lr-7f3k2m)`,
  )
})

test.each(['completed', 'rejected', 'failed', 'stopped'] as const)(
  'a sweep that is %s cannot be extended',
  (state) => {
    const status = aSweepStatus({ state })
    expect(codeOf(() => extensionOf({ status, extension: { trials: 1 } }))).toContain(
      'E_SWEEP_ENDED',
    )
  },
)

test('a sweep whose trials are over cannot be extended', () => {
  const status = aSweepStatus({ stage: 'best' })
  expect(codeOf(() => extensionOf({ status, extension: { trials: 1 } }))).toContain('E_SWEEP_ENDED')
})
