import { hashWords, uniformOf, wordOf } from '../../../src/sweep/hash-words'

test('the hash gives the published values of MurmurHash3', () => {
  expect(hashWords({ words: [], seed: 1 })).toBe(0x514e28b7)
  expect(hashWords({ words: [0], seed: 0 })).toBe(0x2362f9de)
  expect(hashWords({ words: [0xffffffff], seed: 0 })).toBe(0x76293b50)
  expect(hashWords({ words: [0x61616161], seed: 0x9747b28c })).toBe(0x5a97808a)
  expect(hashWords({ words: [0x64636261], seed: 0x9747b28c })).toBe(0xf0478627)
})

test('a draw is the same on every platform: it is pinned here', () => {
  expect(uniformOf({ seed: 7, number: 1, name: 'learning_rate' })).toBe(0.527704253409608)
})

test('draws are even, whether the number, the seed or the name counts up', () => {
  const counted = Array.from({ length: 10_000 }, (_, index) => index)
  for (const draw of [
    (index: number) => uniformOf({ seed: 0, number: index, name: 'lr' }),
    (index: number) => uniformOf({ seed: index, number: 1, name: 'lr' }),
    (index: number) => uniformOf({ seed: 0, number: 1, name: `p${index}` }),
    (index: number) => wordOf({ seed: index, name: 'lr' }) / 2 ** 32,
  ]) {
    const sorted = counted.map(draw).sort((one, other) => one - other)
    const distances = sorted.map((value, index) => Math.abs(value - (index + 0.5) / sorted.length))
    // Kolmogorov and Smirnov at 1 in 10,000.
    expect(Math.max(...distances)).toBeLessThan(2.23 / Math.sqrt(sorted.length))
    expect(new Set(sorted).size).toBeGreaterThan(9_995)
  }
})

test('draws of two parameters, of neighbouring numbers and of neighbouring seeds have nothing in common', () => {
  const counted = Array.from({ length: 10_000 }, (_, number) => number)
  const lr = counted.map((number) => uniformOf({ seed: 0, number, name: 'lr' }))
  for (const others of [
    counted.map((number) => uniformOf({ seed: 0, number, name: 'ls' })),
    counted.map((number) => uniformOf({ seed: 0, number: number + 1, name: 'lr' })),
    counted.map((number) => uniformOf({ seed: 1, number, name: 'lr' })),
  ]) {
    const products = lr.map((value, index) => (value - 0.5) * ((others[index] ?? 0) - 0.5) * 12)
    const correlation = products.reduce((sum, product) => sum + product, 0) / products.length
    expect(Math.abs(correlation)).toBeLessThan(0.04)
  }
})
