import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { pino } from 'pino'

import { watchCheckpoints } from '../../activities/watch-checkpoints'
import type { Dependencies } from '../../activities'
import { createAwsClients, destroyClients } from '../../src/aws/clients'
import { describeSync } from '../../src/checkpoint-sync'
import type { RunStatus } from '../../src/run-state'
import { journalOf } from './support/journal'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor } from './support/wait-for'

jest.setTimeout(400_000)

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
})
afterAll(() => quick?.stop())

test('a disk that is full ends the run with its own error, after one attempt, and the checkpoint before it is kept', async () => {
  const file = quick.write({ name: 'full', steps: 20, saveSteps: 4 })
  const script = join(quick.folder, 'full', 'code', 'train.py')
  const weights = '    (path / "model.safetensors").write_bytes('
  const before = readFileSync(script, 'utf8')
  // From step 8 on the weights go to a device that has no room: the kernel's own ENOSPC.
  const full = `    if step >= 8:\n        (path / "model.safetensors").symlink_to("/dev/full")\n${weights}`
  expect(before).toContain(weights)
  writeFileSync(script, before.replace(weights, full))

  const { code, stdout } = await quick.cli(['run', '-f', file, '--json'])
  expect(code).toBe(1)
  const { error, training, published } = JSON.parse(stdout) as RunStatus
  expect(error).toMatchObject({ code: 'E_DISK_FULL' })
  expect(training.attempts).toMatchObject([{ status: 'Failed', lastSavedStep: 4 }])
  expect(published).toBeNull()
  const job = await quick.aws.trainingJob(training.attempts[0]?.jobName ?? '')
  const journal = await journalOf({ aws: quick.aws, job })
  expect(journal.filter(({ event }) => event === 'saved').map(({ step }) => step)).toEqual([4])
})

test('a sync of checkpoints that stops without a word is told of, and no more when it goes on', async () => {
  const file = quick.write({ name: 'unsynced', steps: 6_000, stepSeconds: 0.1, saveSteps: 4 })
  const started = await quick.cli(['run', '-f', file, '--detach'])
  expect(started).toMatchObject({ code: 0 })
  const aws = createAwsClients({ env: process.env })
  const account = process.env['AWS_ACCESS_KEY_ID'] ?? ''
  const deps = {
    ...aws,
    account: () => Promise.resolve(account),
    log: pino({ level: 'silent' }),
  } as unknown as Dependencies
  try {
    const job = await waitFor(
      async () => (await quick.aws.activeTrainingJobs('unsynced-'))[0] ?? null,
      { what: 'job', deadline: 120 },
    )
    const checkpointUri = (await quick.aws.trainingJob(job)).CheckpointConfig?.S3Uri ?? ''
    const since = Date.now() / 1000
    /** As a look sees it that comes so many seconds from now. */
    const look = (later = 0) =>
      watchCheckpoints(deps, { checkpointUri, since, now: Date.now() / 1000 + later })
    const { step: last } = await waitFor(
      async () => {
        const sync = await look()
        return sync && sync.step >= 8 ? sync : null
      },
      { what: 'checkpoints in S3', deadline: 120 },
    )
    quick.scenario([], { sync: { stopped: true } })
    const newest = async () => {
      const { stdout } = await quick.cli(['logs', started.stdout.trim()])
      return Math.max(...[...stdout.matchAll(/step (\d+) of/g)].map(([, step]) => Number(step)))
    }
    // An upload that is under way still arrives; the script goes on saving meanwhile.
    const halted = await waitFor(
      async () => {
        const before = (await look())?.step ?? 0
        const made = await newest()
        await waitFor(async () => (await newest()) >= made + 60, { what: 'steps', deadline: 60 })
        return before === (await look())?.step && before
      },
      { what: 'halt of the sync', deadline: 120 },
    )
    expect(halted).toBeGreaterThanOrEqual(last)
    expect(await newest()).toBeGreaterThan(halted + 4)

    expect(await look(130)).toMatchObject({ state: 'late', step: halted })
    const stalled = await look(300)
    expect(stalled).toMatchObject({ state: 'stalled', step: halted })
    expect(stalled && describeSync(stalled)).toMatch(/^CHECKPOINT_SYNC_STALLED: no new checkpoint/)

    quick.scenario([])
    await waitFor(async () => ((await look())?.step ?? 0) > halted, {
      what: 'newer checkpoint in S3',
      deadline: 90,
    })
    expect(await look()).toMatchObject({ state: 'on time' })
  } finally {
    destroyClients(aws)
    await quick.cli(['cancel', started.stdout.trim()])
  }
})
