import { assert, integer, property } from 'fast-check'

import { formatDuration, parseDuration } from '../../src/duration'

test.each([
  ['90s', 90],
  ['45m', 2_700],
  ['4h', 14_400],
  ['1h30m', 5_400],
  ['1h 30m', 5_400],
  ['1.5h', 5_400],
  ['2d', 172_800],
  [' 5s ', 5],
])('%j is %d seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds))

test.each(['', '90', 's', '1 h', '-1h', '1h,30m', '1w', '1h  30m', '.5h', '1H', '1e3s', 'NaNs'])(
  '%j is not a duration',
  (text) => expect(parseDuration(text)).toBeUndefined(),
)

test.each([
  [0, '0s'],
  [59.6, '1m'],
  [-5, '0s'],
  [3_725, '1h 2m 5s'],
  [90_061, '1d 1h 1m 1s'],
])('%d seconds are shown as %j', (seconds, text) => expect(formatDuration(seconds)).toBe(text))

test('what is shown for whole seconds reads back as the same number', () => {
  assert(
    property(integer({ min: 0, max: 1_000 * 86_400 }), (seconds) => {
      expect(parseDuration(formatDuration(seconds))).toBe(seconds)
    }),
  )
})
