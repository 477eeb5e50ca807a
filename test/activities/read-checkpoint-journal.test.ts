import { parseJournal } from '../../activities/read-checkpoint-journal'

const lines = (...entries: object[]) =>
  entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
const journal = lines(
  { event: 'started', step: 0 },
  { event: 'saved', step: 10, seconds: 0.2 },
  { event: 'saved', step: 20, seconds: 0.2 },
  { event: 'resumed', step: 20, reached: 27, lost: 7, checkpoint: 'checkpoint-20' },
  { event: 'saved', step: 30, seconds: 0.2 },
  { event: 'resumed', step: 30, reached: 33, lost: 3, checkpoint: 'checkpoint-30' },
  { event: 'finished', step: 50 },
)
const expected = { resumedFromStep: 30, stepsLost: 10, starts: 3, lastSavedStep: 30 }

test('the last start, everything that was lost, and the newest checkpoint are told', () => {
  expect(parseJournal(journal)).toEqual(expected)
})

test('a script without our helper leaves no journal: all is zero', () => {
  expect(parseJournal('')).toEqual({
    resumedFromStep: 0,
    stepsLost: 0,
    starts: 0,
    lastSavedStep: 0,
  })
})

test('a line torn by an interruption costs only itself', () => {
  const torn = journal.replace('{"event":"saved","step":20,"seconds":0.2}', '{"event":"saved","st')
  expect(parseJournal(torn)).toEqual(expected)
})

test('cut anywhere, the journal still reads', () => {
  for (let at = 0; at <= journal.length; at++) {
    const { stepsLost, starts } = parseJournal(journal.slice(0, at))
    expect([0, 7, 10]).toContain(stepsLost)
    expect(starts).toBeLessThanOrEqual(3)
  }
})

test.each(['null\n', '7\n', '"text"\n', '[]\n', '{"event":"resumed","step":"9","lost":"x"}\n'])(
  'a line that is JSON but no event is nothing to count: %j',
  (line) => {
    const { stepsLost, lastSavedStep, resumedFromStep } = parseJournal(line)
    expect([stepsLost, lastSavedStep, resumedFromStep]).toEqual([0, 0, 0])
  },
)
