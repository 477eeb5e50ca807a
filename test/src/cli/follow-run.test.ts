import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent, RunHandle } from '../../../src/client'
import { followRun } from '../../../src/cli/follow-run'
import { aCli } from './a-cli'
import { aStatus } from './a-status'

/** A run that says these events and then, if so told, goes on for ever. */
function aHandle(events: RunEvent[], options: { endless: boolean }): RunHandle {
  return {
    id: 'reviews-1a2b',
    status: async () => aStatus({ state: 'running' }),
    result: async () => aStatus(),
    cancel: () => Promise.reject(new Error('nobody asked to cancel')),
    approve: () => Promise.reject(new Error('nobody asked to approve')),
    reject: () => Promise.reject(new Error('nobody asked to reject')),
    async *events({ signal } = {}) {
      yield* events
      if (options.endless) await sleep(60_000, undefined, { signal, ref: false })
    },
    async *logs() {},
    download: () => Promise.reject(new Error('nothing to download')),
  }
}

const ended: RunEvent = { type: 'ended', state: 'completed', error: null }

test('a run is followed until it has ended', async () => {
  const followed = await followRun({ cli: aCli(), handle: aHandle([ended], { endless: true }) })
  expect(followed).toMatchObject({ outcome: 'ended', status: { state: 'completed' } })
})

test('the first Ctrl-C detaches, cancels nothing, and says how to come back', async () => {
  const cli = aCli()
  const signals = new EventEmitter()
  const following = followRun({ cli, handle: aHandle([], { endless: true }), signals })
  await sleep(20)
  signals.emit('SIGINT')
  expect(await following).toEqual({ outcome: 'detached' })
  expect(cli.err()).toContain('holdfast attach reviews-1a2b')
  expect(cli.err()).toContain('holdfast cancel reviews-1a2b')
  expect(cli.out()).toBe('')
  expect(signals.listenerCount('SIGINT')).toBe(0)
})

test('after the time that was given, the run is left to itself', async () => {
  const cli = aCli()
  const handle = aHandle([], { endless: true })
  expect(await followRun({ cli, handle, waitTimeout: 0.05 })).toEqual({ outcome: 'timed out' })
  expect(cli.err()).toContain('It goes on')
})

test('an error while following is thrown, and the signal handler is gone', async () => {
  const signals = new EventEmitter()
  const handle: RunHandle = {
    ...aHandle([], { endless: false }),
    status: () => Promise.reject(new Error('Temporal went away')),
  }
  await expect(followRun({ cli: aCli(), handle, signals })).rejects.toThrow('Temporal went away')
  expect(signals.listenerCount('SIGINT')).toBe(0)
})

test('who loses sight of a run, because Temporal went away, is told how to come back', async () => {
  const cli = aCli()
  const away = Object.assign(new Error('14 UNAVAILABLE: no connection'), { code: 14 })
  const handle: RunHandle = {
    ...aHandle([], { endless: false }),
    status: () => Promise.reject(new Error('failed to describe', { cause: away })),
  }
  await expect(followRun({ cli, handle })).rejects.toThrow('failed to describe')
  expect(cli.err()).toContain('Lost sight of reviews-1a2b. It goes on, and nothing was stopped.')
  expect(cli.err()).toContain('holdfast attach reviews-1a2b')
})
