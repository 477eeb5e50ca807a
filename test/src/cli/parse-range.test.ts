import { parseRange } from '../../../src/cli/parse-range'

const now = new Date('2026-11-24T10:00:00Z')
const range = (from: string, to: string, timezone = 'Europe/Berlin') => {
  const parsed = parseRange({ from, to, timezone, now })
  return [parsed.from.toISOString(), parsed.to.toISOString()]
}

test('days are those of the timezone, and the last is taken in whole', () => {
  expect(range('2026-11-01', '2026-11-03')).toEqual([
    '2026-10-31T23:00:00.000Z',
    '2026-11-03T22:59:59.999Z',
  ])
  // Summer time begins on the 29th: it is an hour shorter.
  expect(range('2026-03-29', '2026-03-29')).toEqual([
    '2026-03-28T23:00:00.000Z',
    '2026-03-29T21:59:59.999Z',
  ])
})

test('today ends now; a day of the future stays one, to be refused', () => {
  expect(range('2026-11-24', '2026-11-24')[1]).toBe(now.toISOString())
  expect(range('2026-11-24', '2026-12-01')[1]).toBe('2026-12-01T22:59:59.999Z')
})

test('a day begins at one where the clock is put forward at midnight', () => {
  expect(range('2026-04-24', '2026-04-24', 'Africa/Cairo')[0]).toBe('2026-04-23T22:00:00.000Z')
})

test('a time carries its offset', () => {
  expect(range('2026-11-01T02:00Z', '2026-11-03T02:00:30+01:00')).toEqual([
    '2026-11-01T02:00:00.000Z',
    '2026-11-03T01:00:30.000Z',
  ])
})

test.each(['2026-11-31', '2026-13-01', 'yesterday', '2026-11-01T02:00', '1.11.2026', ''])(
  '"%s" is refused',
  (text) => {
    const refused = { code: 'E_TIME', where: '--from' }
    expect(() => range(text, '2026-11-03')).toThrow(expect.objectContaining(refused) as Error)
  },
)
