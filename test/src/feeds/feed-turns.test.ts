import { feedTurns } from '../../../src/feeds/feed-turns'

test('four have a turn at a server, and the next when one of them is done, in the order of asking', async () => {
  const { takeNow, take } = feedTurns('http://one')
  const turns = Array.from({ length: 4 }, () => takeNow())
  expect(turns).not.toContain(null)
  expect(takeNow()).toBeNull()
  // Another server is not asked less for it.
  expect(feedTurns('http://another').takeNow()).not.toBeNull()

  const came: string[] = []
  const waits = ['first', 'second'].map(async (name) => {
    const done = await take(AbortSignal.timeout(5_000))
    came.push(name)
    return done
  })
  await Promise.resolve()
  expect(came).toEqual([])
  for (const done of turns) done?.()
  const dones = await Promise.all(waits)
  expect(came).toEqual(['first', 'second'])
  for (const done of dones) done()
  expect(Array.from({ length: 4 }, () => takeNow())).not.toContain(null)
})

test('a wait for a turn ends with its signal, and takes none', async () => {
  const { takeNow, take } = feedTurns('http://slow')
  const turns = Array.from({ length: 4 }, () => takeNow())
  const wait = new AbortController()
  const waiting = take(wait.signal)
  wait.abort(new Error('long enough'))
  await expect(waiting).rejects.toThrow('long enough')
  turns[0]?.()
  expect(takeNow()).not.toBeNull()
  expect(takeNow()).toBeNull()
  await expect(take(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
})
