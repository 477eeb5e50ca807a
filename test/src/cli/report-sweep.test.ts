import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { exitCodeOfSweep } from '../../../src/cli/exit-codes'
import { reportSweep } from '../../../src/cli/report-sweep'
import { withDeadline } from '../../../src/cli/with-deadline'
import type { SweepEvent, SweepHandle } from '../../../src/client'
import { aSweepStatus, aTrial } from '../client/a-sweep'
import { aCli } from './a-cli'

/** A sweep that says these events and then, if so told, goes on for ever. */
function aHandle(events: SweepEvent[], options: { endless: boolean }): SweepHandle {
  const refuse = () => Promise.reject(new Error('nobody asked for this'))
  return {
    id: 'reviews-lr-7f3k2m',
    status: async () => aSweepStatus(),
    trials: async () => [aTrial()],
    result: async () => aSweepStatus({ state: 'rejected', endedAt: '2026-11-23T10:05:00.000Z' }),
    async *events({ signal } = {}) {
      yield* events
      if (options.endless) await sleep(60_000, undefined, { signal, ref: false })
    },
    pause: refuse,
    resume: refuse,
    extend: refuse,
    stop: refuse,
  }
}

const events: SweepEvent[] = [
  { type: 'stage', stage: 'trials' },
  { type: 'trialEnded', trial: aTrial() },
  { type: 'best', trial: aTrial() },
  { type: 'ended', state: 'rejected', error: null },
]

test('a sweep is followed line by line and ends with its leaderboard', async () => {
  const cli = aCli()
  const handle = aHandle(events, { endless: true })
  const followed = await reportSweep({ cli, handle, json: false })
  expect(followed).toMatchObject({ outcome: 'ended' })
  expect(cli.exitCode).toBe(3)
  expect(cli.out()).toBe('')
  const told = cli.err()
  expect(told).toContain('trial 1 completed: eval_accuracy 0.8125')
  expect(told).toContain('best so far: trial 1')
  expect(told.indexOf('best so far')).toBeLessThan(told.indexOf('RANK  TRIAL'))
})

test('with json the final status is the only data', async () => {
  const cli = aCli()
  await reportSweep({ cli, handle: aHandle(events, { endless: false }), json: true })
  expect(JSON.parse(cli.out())).toMatchObject({ id: 'reviews-lr-7f3k2m', state: 'rejected' })
})

test('Ctrl-C detaches with 130, stops nothing, and says how to come back', async () => {
  const cli = aCli()
  const signals = new EventEmitter()
  const handle = aHandle([], { endless: true })
  const following = reportSweep({ cli, handle, json: false, signals })
  await sleep(20)
  signals.emit('SIGINT')
  expect(await following).toEqual({ outcome: 'detached' })
  expect(cli.exitCode).toBe(130)
  expect(cli.err()).toContain('holdfast sweep attach reviews-lr-7f3k2m')
  expect(cli.err()).toContain('holdfast sweep stop reviews-lr-7f3k2m')
  expect(signals.listenerCount('SIGINT')).toBe(0)
})

test('after the time that was given the sweep is left to itself, with 124', async () => {
  const cli = aCli()
  const handle = aHandle([], { endless: true })
  await reportSweep({ cli, handle, json: false, waitTimeout: 0.05 })
  expect(cli.exitCode).toBe(124)
  // By its id: to run the file again could start another one.
  expect(cli.err()).toContain('come back:   holdfast sweep attach reviews-lr-7f3k2m')
})

test.each([
  ['completed', 0],
  ['rejected', 3],
  ['failed', 1],
  ['stopped', 1],
] as const)('a sweep that was %s ends with %i', (state, code) => {
  expect(exitCodeOfSweep(state)).toBe(code)
})

test('work that takes longer than it may is an error that says what has not happened', async () => {
  const work = sleep(60_000, undefined, { ref: false })
  const waiting = withDeadline({ work, seconds: 0.02, what: 'x had not ended', hint: 'wait' })
  await expect(waiting).rejects.toMatchObject({
    code: 'E_WAIT_TIMEOUT',
    what: 'x had not ended after 0.02 seconds',
  })
})
