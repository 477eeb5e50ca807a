import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import type { ModelSummary, RunSummary } from '../../src/client'
import type { Manifest } from '../../src/manifest'
import { packageRoot } from '../../src/package-root'
import { processesLeft } from './support/processes'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor } from './support/wait-for'

jest.setTimeout(300_000)

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
})
afterAll(() => quick?.stop())

test('ls and models list what was run and published, newest first, as JSON', async () => {
  expect(JSON.parse((await quick.cli(['ls', '--json'])).stdout)).toEqual([])
  expect(JSON.parse((await quick.cli(['models', '--json'])).stdout)).toEqual([])

  const ids: string[] = []
  for (const accuracy of [0.95, 0.97]) {
    const file = quick.write({ name: 'listed', steps: 4, accuracy })
    const { code, stdout, stderr } = await quick.cli(['run', '-f', file])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    // Stdout is the id and nothing else.
    expect(stdout).toMatch(/^listed-[a-z0-9]{6}\n$/)
    ids.unshift(stdout.trim())
  }

  // Temporal's list comes a moment after the end.
  const runs = await waitFor(
    async () => {
      const listed = JSON.parse((await quick.cli(['ls', '--json'])).stdout) as RunSummary[]
      return listed.every(({ state }) => state !== 'running') && listed
    },
    { what: 'end of all runs in the list', deadline: 60 },
  )
  expect(runs).toMatchObject([
    { id: ids[0], pipeline: 'listed', state: 'completed', score: 0.97, attempts: 1 },
    { id: ids[1], pipeline: 'listed', state: 'completed', score: 0.95, attempts: 1 },
  ])
  const models = JSON.parse((await quick.cli(['models', '--json'])).stdout) as ModelSummary[]
  expect(models).toMatchObject([
    { model: 'listed', version: 2, run: ids[0], metrics: { eval_accuracy: 0.97 } },
    { model: 'listed', version: 1, run: ids[1], metrics: { eval_accuracy: 0.95 } },
  ])
  // A run is named by its id, by the beginning of it where that is clear, and the newest by a dash.
  expect((await quick.status('-')).id).toBe(ids[0])
  expect((await quick.status((ids[1] ?? '').slice(0, -1))).id).toBe(ids[1])
  expect(await quick.cli(['status', 'listed'])).toMatchObject({ code: 2, stdout: '' })
})

test('a shell takes over the variables that env prints, and any AWS client then finds the platform', async () => {
  const script = 'eval "$("$0" "$1" env)"; env'
  const main = join(packageRoot(), 'dist', 'src', 'cli', 'main.js')
  const bare = { PATH: process.env['PATH'] ?? '', HOME: quick.folder }
  const { stdout } = await promisify(execFile)('sh', ['-c', script, process.execPath, main], {
    cwd: quick.folder,
    env: bare,
    timeout: 120_000,
  })
  const told = Object.fromEntries(
    stdout.split('\n').map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]),
  ) as Record<string, string>
  expect(told).toMatchObject(quick.platform.env)

  const boto3 = 'import boto3; print(boto3.client("sts").get_caller_identity()["Account"])'
  const { stdout: account } = await promisify(execFile)(
    told['HOLDFAST_PYTHON'] ?? '',
    ['-c', boto3],
    {
      env: told,
      timeout: 120_000,
    },
  )
  expect(account.trim()).toBe(told['AWS_ACCESS_KEY_ID'])
})

test('data build prepares a dataset that Python loads, in a folder and with no platform', async () => {
  const file = quick.write({ name: 'built' })
  const out = join(dirname(file), 'dataset')
  const { code, stdout, stderr } = await quick.cli(['data', 'build', '-f', file, '--out', out], {
    env: { HOLDFAST_LOCAL: '0' },
  })
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stdout).toBe(`${out}\n`)

  const script = [
    'import json, sys',
    'from datasets import load_from_disk',
    'sides = [load_from_disk(f"{sys.argv[1]}/{side}") for side in ("train", "test")]',
    'texts = [set(side["text"]) for side in sides]',
    'names = sides[0].features["labels"].names',
    'ids = all(len(row) <= 16 for side in sides for row in side["input_ids"])',
    'print(json.dumps([[len(side) for side in sides], len(texts[0] & texts[1]), names, ids]))',
  ].join('\n')
  const python = quick.platform.env['HOLDFAST_PYTHON'] ?? ''
  const loaded = await promisify(execFile)(python, ['-c', script, out], {
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
    timeout: 180_000,
  })
  expect(JSON.parse(loaded.stdout)).toEqual([[80, 20], 0, ['0', '1'], true])

  const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as Manifest
  expect(manifest.files.map(({ path }) => path)).toEqual([
    'test/data-00000-of-00001.arrow',
    'test/dataset_info.json',
    'test/state.json',
    'train/data-00000-of-00001.arrow',
    'train/dataset_info.json',
    'train/state.json',
  ])
})

test('without a platform a command ends with 5 and says how to start one', async () => {
  const elsewhere = ['--data-dir', join(quick.folder, 'elsewhere')]
  for (const args of [['env'], ['ls', '--json'], ['status']]) {
    const { code, stdout, stderr } = await quick.cli([...args, ...elsewhere])
    expect({ args, code, stdout }).toEqual({ args, code: 5, stdout: '' })
    expect(stderr).toContain('holdfast up --detach')
  }
})

test('up stays in the foreground, and Ctrl-C stops everything that it started', async () => {
  const elsewhere = ['--data-dir', join(quick.folder, 'foreground')]
  const up = quick.startCli(['up', '--no-worker', '--runner', 'built-in', ...elsewhere])
  await waitFor(() => up.printed.stderr.includes('Ctrl-C stops everything'), {
    what: 'local platform',
    deadline: 110,
  })
  await sleep(1_000)
  expect(up.process.exitCode).toBeNull()
  expect(await quick.cli(['env', ...elsewhere])).toMatchObject({ code: 0 })

  up.process.kill('SIGINT')
  expect(await up.ended).toMatchObject({ code: 0 })
  expect(await processesLeft(join(quick.folder, 'foreground'))).toEqual([])
  expect(await quick.cli(['env', ...elsewhere])).toMatchObject({ code: 5 })
})
