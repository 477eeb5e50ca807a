import { createRateLimit } from '../../../src/aws/rate-limit'

jest.useFakeTimers()

const limitOf = (rate: number) => createRateLimit({ rate, now: () => Date.now() })

test('calls go at the pace that is allowed, and one who would wait too long takes no turn', async () => {
  const limit = limitOf(2)
  const taken: number[] = []
  const began = Date.now()
  const call = async () => {
    if (await limit.take({ withinMs: 2_000 })) taken.push(Date.now() - began)
    else taken.push(-1)
  }
  const calls = Array.from({ length: 7 }, call)
  await jest.advanceTimersByTimeAsync(5_000)
  await Promise.all(calls)
  // Two at once, then one each half second; the seventh would have come after 2.5 s.
  expect(taken).toEqual([0, 0, -1, 500, 1_000, 1_500, 2_000])
})

test('who comes first goes before those that wait', async () => {
  const limit = limitOf(1)
  const order: string[] = []
  const call = (name: string, first = false) =>
    limit.take({ withinMs: 60_000, first }).then(() => order.push(name))
  const calls = [call('a'), call('b'), call('c'), call('urgent', true)]
  await jest.advanceTimersByTimeAsync(10_000)
  await Promise.all(calls)
  expect(order).toEqual(['a', 'urgent', 'b', 'c'])
})

test('who comes first goes ahead of the pace, in its order and so far as allowed, and the others make up for it', async () => {
  const limit = createRateLimit({ rate: 1, ahead: 3, now: () => Date.now() })
  const began = Date.now()
  const taken: Record<string, number> = {}
  const call = async (name: string, options: { withinMs: number; first?: boolean }) => {
    taken[name] = (await limit.take(options)) ? (Date.now() - began) / 1000 : -1
  }
  const urgent = ['a', 'b', 'c', 'd', 'e', 'f']
  const calls = [
    ...urgent.map((name) => call(name, { withinMs: 1_500, first: true })),
    call('busy', { withinMs: 4_500 }),
    call('poll', { withinMs: 60_000 }),
  ]
  await jest.advanceTimersByTimeAsync(30_000)
  await Promise.all(calls)
  expect(taken).toEqual({ a: 0, b: 0, c: 0, d: 0, e: 1, f: -1, busy: -1, poll: 5 })
})

test('a service that says too fast halves the pace, to a sixteenth at the least; its answers bring it back', () => {
  const limit = limitOf(2)
  limit.slower()
  expect(limit.rate).toBe(1)
  for (let times = 0; times < 20; times++) limit.slower()
  expect(limit.rate).toBe(1 / 8)
  for (let times = 0; times < 20; times++) limit.faster()
  expect(limit.rate).toBe(2)
})
