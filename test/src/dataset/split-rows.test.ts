import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { DatasetRow } from '../../../src/dataset/dataset-row'
import { createRandom } from '../../../src/dataset/random'
import { apportion, splitRows } from '../../../src/dataset/split-rows'

const rowsWith = (labels: number[]) =>
  labels.map((label, index) => ({ text: `text ${index}`, label }))
const count = (rows: DatasetRow[], label: number) =>
  rows.filter((row) => row.label === label).length

const dataset = fc
  .array(fc.tuple(fc.nat(60), fc.nat(2)), { minLength: 30, maxLength: 200 })
  .map((pairs) => pairs.map(([text, label]) => ({ text: `text ${text}`, label })))
  .filter((rows) => new Set(rows.map(({ text }) => text)).size > 8)
const options = { test: fc.double({ min: 0.1, max: 0.9, noNaN: true }), seed: fc.nat() }

test('both sides together are the whole, and no text is on both', () => {
  fc.assert(
    fc.property(dataset, options.test, options.seed, (rows, share, seed) => {
      const { train, test } = splitRows({ rows, test: share, seed })
      expect(new Set([...train, ...test])).toEqual(new Set(rows))
      expect(train.length + test.length).toBe(rows.length)
      const held = new Set(test.map(({ text }) => text))
      expect(train.filter(({ text }) => held.has(text))).toEqual([])
    }),
  )
})

test('the same seed gives the same order, another seed another', () => {
  const rows = rowsWith(Array.from({ length: 100 }, (_, index) => index % 3))
  const first = splitRows({ rows, test: 0.2, seed: 7 })
  expect(splitRows({ rows: [...rows], test: 0.2, seed: 7 })).toEqual(first)
  expect(splitRows({ rows, test: 0.2, seed: 8 }).test).not.toEqual(first.test)
})

test('the order is the same on every platform: it is pinned here', () => {
  const { train, test } = splitRows({
    rows: rowsWith([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]),
    test: 0.2,
    seed: 7,
  })
  const names = (rows: DatasetRow[]) => rows.map(({ text }) => Number(text.slice(5)))
  expect(names(train)).toEqual([1, 0, 7, 8, 4, 9, 3, 6])
  expect(names(test)).toEqual([5, 2])
})

test('without duplicates every label has its share on both sides, to the row', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(3), { minLength: 20 }),
      options.test,
      options.seed,
      (labels, share, seed) => {
        const rows = rowsWith(labels)
        const { test } = splitRows({ rows, test: share, seed })
        for (const label of new Set(labels)) {
          const size = count(rows, label)
          const wanted = size * share
          const allowed = size < 3 ? size : 1.51 + (share > 0.5 ? 0.5 : 0)
          expect(Math.abs(count(test, label) - wanted)).toBeLessThanOrEqual(allowed)
        }
      },
    ),
  )
})

test('limits keep the shares of the labels and never move a row to the other side', () => {
  const rows = rowsWith(Array.from({ length: 1000 }, (_, index) => (index % 10 === 0 ? 1 : 0)))
  const whole = splitRows({ rows, test: 0.2, seed: 3 })
  const limited = splitRows({ rows, test: 0.2, seed: 3, maxTrainSamples: 100, maxEvalSamples: 50 })
  expect([limited.train.length, limited.test.length]).toEqual([100, 50])
  expect([count(limited.train, 1), count(limited.test, 1)]).toEqual([10, 5])
  expect(limited.test.every((row) => whole.test.includes(row))).toBe(true)
})

test('a label with two texts is on both sides', () => {
  const rows = rowsWith([...Array.from({ length: 100 }, () => 0), 1, 1])
  const { train, test } = splitRows({ rows, test: 0.01, seed: 1 })
  expect([count(train, 1), count(test, 1)]).toEqual([1, 1])
})

test('without validation the split is byte for byte what it was before there was any', () => {
  const rows = Array.from({ length: 1000 }, (_, index) => ({
    text: `text ${index % 700}`,
    label: index % 10 === 0 ? 1 : 0,
  }))
  const split = splitRows({ rows, test: 0.2, seed: 3, maxTrainSamples: 300, maxEvalSamples: 100 })
  expect(createHash('sha256').update(JSON.stringify(split)).digest('hex')).toBe(
    '0885b45d58d35f9ca4edb0889563523a7c19b1a2f8872d879605f0e2072135ac',
  )
})

test('rows for validation come out of training, whole texts, and the test rows keep their order', () => {
  fc.assert(
    fc.property(
      dataset,
      fc.double({ min: 0.1, max: 0.5, noNaN: true }),
      fc.double({ min: 0.1, max: 0.4, noNaN: true }),
      fc.option(fc.integer({ min: 3, max: 20 }), { nil: undefined }),
      options.seed,
      (rows, share, part, maxEvalSamples, seed) => {
        const two = splitRows({ rows, test: share, seed, maxEvalSamples })
        // Of three labels one has then two texts or more, of which one can be given away.
        fc.pre(new Set(two.train.map(({ text }) => text)).size > 3)
        const three = splitRows({ rows, test: share, validation: part, seed, maxEvalSamples })
        expect(three.test).toEqual(two.test)
        expect(three.validation?.length).toBeGreaterThan(0)
        expect(three.train.length).toBeGreaterThan(0)
        const texts = [three.train, three.validation ?? [], three.test].map(
          (side) => new Set(side.map(({ text }) => text)),
        )
        expect(new Set(texts.flatMap((side) => [...side])).size).toBe(
          texts.reduce((sum, side) => sum + side.size, 0),
        )
        const training = new Set(two.train)
        expect(
          [...three.train, ...(three.validation ?? [])].every((row) => training.has(row)),
        ).toBe(true)
        if (maxEvalSamples === undefined)
          expect(three.train.length + (three.validation?.length ?? 0)).toBe(two.train.length)
        else expect(three.validation?.length).toBeLessThanOrEqual(maxEvalSamples)
        expect(splitRows({ rows, test: share, validation: part, seed, maxEvalSamples })).toEqual(
          three,
        )
      },
    ),
  )
})

test('the share of validation is of all rows, and every label has its own', () => {
  const rows = rowsWith(Array.from({ length: 1000 }, (_, index) => (index % 10 === 0 ? 1 : 0)))
  const options = { rows, test: 0.2, validation: 0.1, seed: 3 }
  const { train, validation = [], test } = splitRows(options)
  expect([train.length, validation.length, test.length]).toEqual([700, 100, 200])
  expect([train, validation, test].map((side) => count(side, 1))).toEqual([70, 10, 20])

  const few = splitRows({ ...options, maxTrainSamples: 300, maxEvalSamples: 50 })
  expect([few.train.length, few.validation?.length, few.test.length]).toEqual([300, 50, 50])
  expect([few.train, few.validation ?? [], few.test].map((side) => count(side, 1))).toEqual([
    30, 5, 5,
  ])
  expect(few.validation?.every((row) => validation.includes(row))).toBe(true)
})

test('a label with three texts is on all sides; one with two stays in training', () => {
  const rows = rowsWith([...Array.from({ length: 100 }, () => 0), 1, 1, 1, 2, 2])
  const {
    train,
    validation = [],
    test,
  } = splitRows({ rows, test: 0.01, validation: 0.01, seed: 1 })
  expect([train, validation, test].map((side) => count(side, 1))).toEqual([1, 1, 1])
  expect([train, validation, test].map((side) => count(side, 2))).toEqual([1, 0, 1])
})

test('too few texts for three sides are refused, and the share to change is named', () => {
  const rows = rowsWith([0, 0, 1, 1])
  expect(splitRows({ rows, test: 0.5, seed: 1 }).train).toHaveLength(2)
  expect(() => splitRows({ rows, test: 0.5, validation: 0.2, seed: 1 })).toThrow(
    expect.objectContaining({ code: 'E_DATA_TOO_FEW', where: 'dataset.split.validation' }) as Error,
  )
})

test('half a million rows are split', () => {
  const rows = rowsWith(Array.from({ length: 500_000 }, (_, index) => index % 2))
  expect(splitRows({ rows, test: 0.1, seed: 1 }).test).toHaveLength(50_000)
  const { validation } = splitRows({ rows, test: 0.1, validation: 0.1, seed: 1 })
  expect(validation).toHaveLength(50_000)
})

test('rows that are all the same text are refused', () => {
  const rows = Array.from({ length: 10 }, (_, index) => ({ text: 'same', label: index % 2 }))
  expect(() => splitRows({ rows, test: 0.5, seed: 1 })).toThrow(/leave no row/)
})

test('shares add up to the total', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), fc.nat(5000), (sizes, total) => {
      const shares = apportion(sizes, total)
      const sum = sizes.reduce((a, b) => a + b, 0)
      expect(shares.reduce((a, b) => a + b, 0)).toBe(Math.min(total, sum))
      shares.forEach((share, index) => expect(share).toBeLessThanOrEqual(sizes[index] ?? 0))
    }),
  )
})

test('the generator is xoshiro128** seeded by splitmix64, number for number', () => {
  const random = createRandom(42)
  const first = Array.from({ length: 5 }, () => random.below(2 ** 32))
  // From the authors' algorithms, computed with Python's unbounded integers.
  expect(first).toEqual([1776835114, 4165204688, 17111135, 2317295270, 2792088233])
})

test('random numbers stay below their bound and reach all of it', () => {
  const random = createRandom(42)
  const seen = Array.from({ length: 1000 }, () => random.below(6))
  expect(new Set(seen)).toEqual(new Set([0, 1, 2, 3, 4, 5]))
})
