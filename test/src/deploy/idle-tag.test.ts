import { idleTag, parseIdleTag } from '../../../src/deploy/idle-tag'

test('how long an endpoint may be idle is read back from its tag', () => {
  const limit = { seconds: 21_600, since: Date.UTC(2026, 0, 1) }
  expect(idleTag(limit)).toBe('21600/2026-01-01T00:00:00.000Z')
  expect(parseIdleTag(idleTag(limit))).toEqual(limit)
})

test.each([undefined, '', '6h', '0/2026-01-01T00:00:00.000Z', '-5/2026-01-01', '60/soon', '60'])(
  'the tag %j says nothing',
  (tag) => {
    expect(parseIdleTag(tag)).toBeNull()
  },
)
