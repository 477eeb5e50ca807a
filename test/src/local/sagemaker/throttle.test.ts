import { createThrottle } from '../../../../src/local/sagemaker/throttle'

test('a throttle lets through its rate, saves up no more than one second of it, and refills', () => {
  let now = 0
  const take = createThrottle({ rate: 2, now: () => now })
  expect([take(), take(), take()]).toEqual([true, true, false])
  now += 500
  expect([take(), take()]).toEqual([true, false])
  now += 60_000
  expect([take(), take(), take()]).toEqual([true, true, false])
})

test('a clock that goes back gives no tokens and takes none', () => {
  let now = 10_000
  const take = createThrottle({ rate: 1, now: () => now })
  expect(take()).toBe(true)
  now -= 5_000
  expect(take()).toBe(false)
  now += 1_000
  expect(take()).toBe(true)
})
