import fc from 'fast-check'
import { pageOf } from '../../../../src/local/sagemaker/page'

interface Item {
  id: string
  time: number
}

function allPages(options: { items: Item[]; size: number; descending: boolean }): Item[] {
  const { items, size, descending } = options
  const seen: Item[] = []
  let token: string | undefined
  do {
    const page = pageOf({
      items,
      sortKey: (item) => item.time,
      id: (item) => item.id,
      descending,
      size,
      token,
      filter: {},
    })
    expect(page.items.length).toBeLessThanOrEqual(size)
    seen.push(...page.items)
    token = page.nextToken
  } while (token !== undefined)
  return seen
}

test('pages of any size hold every item once and in order, also when times are equal', () => {
  const item = fc.record({ id: fc.string(), time: fc.integer({ min: 0, max: 5 }) })
  const items = fc.uniqueArray(item, { selector: ({ id }) => id })
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 7 }), fc.boolean(), (all, size, descending) => {
      const seen = allPages({ items: all, size, descending })
      const once = allPages({ items: all, size: 1000, descending })
      expect(seen).toEqual(once)
      expect(new Set(seen).size).toBe(all.length)
      const times = seen.map(({ time }) => time)
      const sorted = [...times].sort((a, b) => (descending ? b - a : a - b))
      expect(times).toEqual(sorted)
    }),
  )
})

test('a token that is not ours is refused', () => {
  const page = (token: string) =>
    pageOf({ items: ['a'], sortKey: String, id: String, size: 1, token, filter: {} })
  expect(() => page('nonsense')).toThrow('NextToken')
  expect(() => page(Buffer.from('null').toString('base64url'))).toThrow('NextToken')
})
