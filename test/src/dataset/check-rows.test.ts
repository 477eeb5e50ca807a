import { checkRows, sortLabels } from '../../../src/dataset/check-rows'
import { errorOf, rowsOf } from './data-files'

const good = (count: number): [string, string][] =>
  Array.from({ length: count }, (_, index) => [`text ${index}`, index % 2 === 0 ? 'pos' : 'neg'])
const check = (
  rows: [string | undefined, string | undefined][],
  options: { labels?: string[]; onInvalid?: 'refuse' | 'drop' } = {},
) =>
  checkRows({
    rows: rowsOf(rows),
    where: '/data/reviews.csv',
    labels: options.labels,
    onInvalid: options.onInvalid ?? 'refuse',
  })

test('one refusal names every kind of fault with its count and its first five places', async () => {
  const bad = Array.from({ length: 7 }, (): [string, string] => ['  ', 'pos'])
  const error = await errorOf(
    check([...bad, ['fine', undefined], ['fine', 'maybe'], ...good(10)], {
      labels: ['neg', 'pos'],
    }),
  )
  expect(error.code).toBe('E_DATA_INVALID')
  expect(error.what).toBe(
    '9 rows of the dataset cannot be used: ' +
      'empty text: 7 (reviews.csv:2, reviews.csv:3, reviews.csv:4, reviews.csv:5, reviews.csv:6, and 2 more); ' +
      'missing label: 1 (reviews.csv:9); unexpected label: 1 (reviews.csv:10 "maybe")',
  )
  expect(error.where).toBe('/data/reviews.csv')
  expect(error.hint).toContain('onInvalid: drop')
})

test('the same rows are dropped and counted by kind where that is configured', async () => {
  const result = await check([['', 'pos'], ['', ''], ['fine', 'maybe'], ...good(10)], {
    labels: ['pos', 'neg'],
    onInvalid: 'drop',
  })
  expect(result.labels).toEqual(['pos', 'neg'])
  expect(result.rows).toHaveLength(10)
  expect(result.rows[0]).toEqual({ text: 'text 0', label: 0 })
  expect(result.report).toEqual({
    read: 13,
    dropped: 3,
    droppedByKind: { emptyText: 2, missingLabel: 1, unexpectedLabel: 1 },
    duplicates: 0,
    conflictingTexts: 0,
    labelCounts: { pos: 5, neg: 5 },
  })
})

test('an undeclared label that hardly any row has is refused as a mistake', async () => {
  const error = await errorOf(check([...good(2000), ['what?', 'maybe'], ['what', 'maybe']]))
  expect(error.code).toBe('E_DATA_RARE_LABEL')
  expect(error.what).toContain('reviews.csv:2002 "maybe"')
  expect(error.hint).toContain('declare `dataset.labels`')
})

test('an undeclared label of a single row is refused however small the dataset', async () => {
  expect((await errorOf(check([...good(20), ['what?', 'maybe']]))).code).toBe('E_DATA_RARE_LABEL')
})

test('a rare label is kept when declared, and dropped with its rows where that is configured', async () => {
  const rows: [string, string][] = [...good(2000), ['what?', 'maybe']]
  expect((await check(rows, { labels: ['neg', 'pos', 'maybe'] })).report.labelCounts.maybe).toBe(1)
  const dropped = await check(rows, { onInvalid: 'drop' })
  expect(dropped.labels).toEqual(['neg', 'pos'])
  expect(dropped.report.droppedByKind).toEqual({ unexpectedLabel: 1 })
})

test('ten rows of a label are enough in any dataset', async () => {
  const few = Array.from({ length: 10 }, (_, index): [string, string] => [`few ${index}`, 'maybe'])
  expect((await check([...good(5000), ...few])).labels).toEqual(['maybe', 'neg', 'pos'])
})

test('a single label is refused', async () => {
  const error = await errorOf(
    check([
      ['a', 'pos'],
      ['b', 'pos'],
    ]),
  )
  expect(error.code).toBe('E_DATA_LABELS')
  expect(error.what).toContain('"pos"')
})

test('duplicates and texts with two labels are reported, not refused', async () => {
  const { report } = await check([...good(4), ['text 0', 'pos'], ['text 1', 'pos']])
  expect(report).toMatchObject({ read: 6, dropped: 0, duplicates: 2, conflictingTexts: 1 })
})

test('labels that are numbers are sorted as numbers, others by code unit', () => {
  expect(sortLabels(['10', '9', '-1'])).toEqual(['-1', '9', '10'])
  expect(sortLabels(['b', '10', 'Z', 'a'])).toEqual(['10', 'Z', 'a', 'b'])
})

test('an aborted signal stops the reading', async () => {
  const signal = AbortSignal.abort(new Error('cancelled'))
  const rows = rowsOf(good(5000))
  const call = checkRows({ rows, where: 'x', labels: undefined, onInvalid: 'refuse', signal })
  expect((await errorOf(call)).message).toBe('cancelled')
})
