import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

import { watchCheckpoints, withCheckpointSync } from '../../activities/watch-checkpoints'
import type { JobSnapshot } from '../../src/job'
import { packageRoot } from '../../src/package-root'
import { driveTimeouts } from './driven-timeouts'
import { bucket, startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(180_000)
driveTimeouts()

let local: LocalAws
let folder: string
beforeAll(async () => {
  local = await startLocalAws()
  folder = await mkdtemp(join(tmpdir(), 'holdfast-sync-'))
})
afterAll(async () => {
  await local.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A training of the real helper that saves twice, `interval` seconds apart by its own clock. */
const script = `
import os, sys, time
from types import SimpleNamespace as Bag
import holdfast_checkpoint as hc
directory, interval, began = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
clock = [began]
hc.time.time = lambda: clock[0]
args = Bag(output_dir=directory, save_total_limit=None, world_size=1, process_index=0, local_process_index=0)
state = Bag(global_step=0, is_world_process_zero=True, best_model_checkpoint=None)
hc.latest_verified(directory)
callback = hc.DurableCheckpoints(directory)
callback.on_train_begin(args, state, Bag())
for step in (10, 20, 30):
    clock[0] += interval
    state.global_step = step
    path = os.path.join(directory, f"checkpoint-{step}")
    os.makedirs(path)
    open(os.path.join(path, "model.safetensors"), "w").write("weights")
    callback.on_save(args, state, Bag())
if "finish" in sys.argv:
    callback.on_train_end(args, state, Bag())
`

/** What the helper leaves, copied to S3 as SageMaker does; returns the prefix. */
async function synced(name: string, options: { interval: number; began: number; more?: string[] }) {
  const directory = join(folder, name)
  writeFileSync(join(folder, 'script.py'), script)
  const { interval, began, more = [] } = options
  const python = process.env['HOLDFAST_PYTHON'] ?? 'python3'
  const args = [directory, String(interval), String(began), ...more]
  execFileSync(python, ['-B', join(folder, 'script.py'), ...args], {
    env: { ...process.env, PYTHONPATH: join(packageRoot(), 'training') },
    timeout: 120_000,
  })
  const prefix = `s3://${bucket}/runs/${name}/checkpoints`
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    await local.storage.write(`${prefix}/${relative(directory, path)}`, readFileSync(path))
  }
  return prefix
}

const now = () => Date.now() / 1000

test('the sync of what the helper wrote is on time, then late, then stalled', async () => {
  const began = now() - 300
  const checkpointUri = await synced('paces', { interval: 100, began })
  const lookIn = (seconds: number) =>
    watchCheckpoints(local.deps, { checkpointUri, since: began - 5, now: now() + seconds })
  expect(await lookIn(0)).toMatchObject({ state: 'on time', step: 30, intervalSeconds: 100 })
  expect(await lookIn(250)).toMatchObject({ state: 'late', step: 30 })
  const stalled = await lookIn(500)
  expect(stalled).toMatchObject({ state: 'stalled', step: 30 })
  expect(stalled?.ageSeconds).toBeGreaterThanOrEqual(498)
  // A new manifest in S3 ends it.
  await local.storage.write(`${checkpointUri}/checkpoint-40/holdfast-manifest.json`, '{}')
  expect(await lookIn(0)).toMatchObject({ state: 'on time', step: 40 })
})

test('nothing is said of an empty prefix, nor of a training that has finished', async () => {
  const empty = `s3://${bucket}/runs/empty/checkpoints`
  const long = { since: 0, now: now() + 99_999 }
  expect(await watchCheckpoints(local.deps, { checkpointUri: empty, ...long })).toBeNull()
  const done = await synced('done', { interval: 100, began: now() - 300, more: ['finish'] })
  expect(await watchCheckpoints(local.deps, { checkpointUri: done, ...long })).toBeNull()
})

describe('a look at a job', () => {
  const job = (changes: Partial<JobSnapshot>): JobSnapshot => ({
    jobName: 'reviews-a1',
    kind: 'training',
    status: 'InProgress',
    secondaryStatus: 'Training',
    interruptions: 0,
    ...changes,
  })

  test('carries the pace of the sync along while the script trains', async () => {
    const checkpointUri = await synced('carried', { interval: 100, began: now() - 300 })
    const training = job({ checkpointUri, trainingSince: now() - 310 })
    const asked = now()
    const look = await local.inActivity(() => withCheckpointSync(local.deps, training))
    expect(look.sync).toMatchObject({ state: 'on time', step: 30 })
    expect(look.syncSeenAt).toBeGreaterThanOrEqual(asked)
    const ended = job({ ...training, status: 'Completed' })
    expect(await local.inActivity(() => withCheckpointSync(local.deps, ended))).toBe(ended)
  })

  test('is not failed by a bucket that cannot be read', async () => {
    const checkpointUri = 's3://not-ours-at-all/checkpoints'
    const training = job({ checkpointUri, trainingSince: now() - 310 })
    const look = await local.inActivity(() => withCheckpointSync(local.deps, training))
    expect(look).toMatchObject({ jobName: 'reviews-a1' })
    expect(look.sync).toBeUndefined()
  })
})
