import { setTimeout as sleep } from 'node:timers/promises'

import { auditSweep } from '../../bench/audit-sweep'
import { startScriptedPlatform, type ScriptedPlatform } from '../../bench/scripted-sweep'
import type { SweepHandle } from '../../src/client'
import { processesLeft } from './support/processes'
import { seeded } from './support/seeded'
import { waitFor, within } from './support/wait-for'

// More than one run of the workflow starts, so that some kills fall on trials of an earlier one.
const trials = 260
const slots = 20
const kills = 10

let scripted: ScriptedPlatform
beforeAll(async () => {
  scripted = await startScriptedPlatform({ jobSeconds: 0.2 })
}, 240_000)
afterAll(async () => {
  const { folder } = scripted
  await scripted.stop()
  expect(await processesLeft(folder)).toEqual([])
}, 180_000)

/** What is the same however often a sweep was disturbed. */
async function leaderboardOf(handle: SweepHandle) {
  // Temporal's list comes a little after the end of the last trial.
  return waitFor(
    async () => {
      const lines = await handle.trials()
      const settled = lines.length === trials && lines.every(({ state }) => state !== 'running')
      return settled && lines.map(({ number, score, state }) => ({ number, score, state }))
    },
    { what: 'every trial in the list', deadline: 120 },
  )
}

const audited = (handle: SweepHandle, pipeline: string) =>
  auditSweep({ env: scripted.platform.env, sweepId: handle.id, pipeline, trials })

const whole = { lost: [], duplicated: [], openTrials: 0, runningJobs: 0 }

test(`${kills} kills of the worker and one of Temporal change nothing in a sweep of ${trials} trials`, async () => {
  const { client, platform } = scripted
  const calm = await client.sweep.run(await scripted.load({ name: 'calm', trials, slots }))
  expect((await within(calm.result(), 'the calm sweep', 900)).counts).toMatchObject({
    started: trials,
    completed: trials,
  })
  const expected = await leaderboardOf(calm)

  const random = seeded('sweep-kills')
  const moments = Array.from({ length: kills }, () => random.between(0, trials - slots)).sort(
    (a, b) => a - b,
  )
  const ofTemporal = Math.floor(random.between(0, kills))
  const handle = await client.sweep.run(await scripted.load({ name: 'shaken', trials, slots }))
  for (const [index, moment] of moments.entries()) {
    await waitFor(async () => (await handle.status()).counts.started >= moment, {
      what: `start of trial ${moment.toFixed(0)}`,
      deadline: 300,
    })
    // Not always at the very moment that a trial starts.
    await sleep(random.between(0, 500))
    await platform.kill('worker')
    if (index === ofTemporal) {
      await platform.kill('temporal')
      await platform.start('temporal')
    }
    await platform.start('worker')
  }
  const status = await within(handle.result(), 'the shaken sweep', 900)
  expect(status.counts).toEqual({ started: trials, completed: trials, failed: 0, stopped: 0 })
  expect(await leaderboardOf(handle)).toEqual(expected)

  for (const [sweep, pipeline] of [
    [calm, 'calm'],
    [handle, 'shaken'],
  ] as const) {
    const audit = await audited(sweep, pipeline)
    expect(audit).toMatchObject(whole)
    expect(audit.runs).toBeGreaterThan(1)
    expect(audit.maxHistoryEvents).toBeLessThan(10_240)
    expect(audit.maxOpenChildren).toBeLessThanOrEqual(slots)
    expect(audit.maxJobs).toBeLessThanOrEqual(slots)
  }
}, 2_400_000)
