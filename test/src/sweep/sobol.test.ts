import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { maxSobolDimensions, shiftedSobol, sobolCoordinate } from '../../../src/sweep/sobol'
import recorded from './fixtures/sobol.json'

const counted = (length: number) => Array.from({ length }, (_, index) => index)

test("the first points are SciPy's", () => {
  const table = counted(8).map((index) =>
    counted(8).map((dimension) => sobolCoordinate({ dimension, index })),
  )
  expect(table).toEqual(recorded.table)
})

test("1,024 points are SciPy's in each of 64 dimensions", () => {
  const digests = counted(maxSobolDimensions).map((dimension) => {
    const column = counted(1024).map((index) => sobolCoordinate({ dimension, index }))
    return createHash('sha256').update(column.join(',')).digest('hex').slice(0, 8)
  })
  expect(maxSobolDimensions).toBe(64)
  expect(digests).toEqual(recorded.digests)
})

test('2^k points lie one in each interval of 2^-k, in every dimension, with and without a shift', () => {
  fc.assert(
    fc.property(
      fc.nat(maxSobolDimensions - 1),
      fc.nat(11),
      fc.nat(2 ** 32 - 1),
      fc.string(),
      (dimension, k, seed, name) => {
        const plain = counted(2 ** k).map(
          (index) => sobolCoordinate({ dimension, index }) / 2 ** 32,
        )
        const shifted = counted(2 ** k).map((index) =>
          shiftedSobol({ dimension, index, seed, name }),
        )
        for (const points of [plain, shifted]) {
          const cells = points.map((point) => Math.floor(point * 2 ** k))
          expect(cells.sort((one, other) => one - other)).toEqual(counted(2 ** k))
        }
      },
    ),
  )
})

test('the later of two blocks of 2^k points is as even as the first', () => {
  const cells = counted(256).map((index) =>
    Math.floor(shiftedSobol({ dimension: 5, index: 256 + index, seed: 3, name: 'lr' }) * 256),
  )
  expect(new Set(cells).size).toBe(256)
})

test('no point sits on an edge', () => {
  for (const seed of counted(2000)) {
    const point = shiftedSobol({ dimension: 0, index: 0, seed, name: 'lr' })
    expect(point > 0 && point < 1).toBe(true)
  }
})

test('there is no 65th dimension', () => {
  expect(() => sobolCoordinate({ dimension: 64, index: 1 })).toThrow(/64 dimensions/)
})
