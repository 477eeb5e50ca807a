import pino from 'pino'

import { keepReading } from '../../../src/wake-ups/keep-reading'

const log = pino({ level: 'silent' })

test('a queue that cannot be reached at first is tried again', async () => {
  let tries = 0
  const read = () => (++tries < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve())
  await keepReading({ read, log, signal: new AbortController().signal, least: 1 })
  expect(tries).toBe(3)
})

test('a worker that ends does not wait for the next try', async () => {
  const ending = new AbortController()
  const read = () => {
    setTimeout(() => ending.abort(), 10)
    return Promise.reject(new Error('never'))
  }
  await keepReading({ read, log, signal: ending.signal, least: 600_000 })
  expect(ending.signal.aborted).toBe(true)
})
