import { checkExtension } from '../../../src/client/sweep-extension'
import { aSweepStatus } from './a-sweep'

const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`
  }
  return 'no error'
}

test.each([
  ['more trials than now', { trials: 10, parallel: 3 }],
  ['the same again', { trials: 6 }],
  ['fewer than planned, as many as were started', { trials: 4 }],
  ['another number at a time alone', { parallel: 5 }],
  ['as many at a time as there are in all, the new ones included', { trials: 8, parallel: 8 }],
])('%s can be asked for', (_, extension) => {
  expect(codeOf(() => checkExtension({ status: aSweepStatus(), extension }))).toBe('no error')
})

test('a grid cannot have more trials than points, and the error says how many', () => {
  const status = aSweepStatus({ method: 'grid', trials: 6, mostTrials: 8 })
  expect(codeOf(() => checkExtension({ status, extension: { trials: 8 } }))).toBe('no error')
  expect(codeOf(() => checkExtension({ status, extension: { trials: 9 } }))).toBe(
    "E_SWEEP_FULL: 9 trials are more than the grid's 8 points (reviews-lr-7f3k2m)",
  )
})

test.each([
  [{ trials: 0 }, 'trials is 0'],
  [{ trials: 1.5 }, 'trials is 1.5'],
  [{ trials: 3 }, '3 trials in all are fewer than the 4 that were started'],
  [{ parallel: 0 }, 'parallel is 0'],
  [{ parallel: 7 }, '7 trials at a time are more than the 6 in all'],
  [{ trials: 1_000, parallel: 501 }, '501 trials at a time are too many'],
  [{}, 'nothing was asked for'],
])('%j is refused before anything is signalled', (extension, why) => {
  expect(codeOf(() => checkExtension({ status: aSweepStatus(), extension }))).toBe(
    `E_SWEEP_EXTEND: ${why} (reviews-lr-7f3k2m)`,
  )
})

test.each(['completed', 'rejected', 'failed', 'stopped'] as const)(
  'a sweep that is %s cannot be extended',
  (state) => {
    const status = aSweepStatus({ state })
    expect(codeOf(() => checkExtension({ status, extension: { trials: 7 } }))).toContain(
      'E_SWEEP_ENDED',
    )
  },
)

test('a sweep whose trials are over cannot be extended', () => {
  const status = aSweepStatus({ stage: 'best' })
  expect(codeOf(() => checkExtension({ status, extension: { trials: 7 } }))).toContain(
    'E_SWEEP_ENDED',
  )
})
