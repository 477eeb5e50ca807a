import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { markedProcesses } from '../../../../../src/local/end-process'
import { endProcess, inspect, launch } from '../../../../../src/local/sagemaker/jobs/job-process'

let run: string
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'holdfast-run-'))
})
afterEach(() => rm(run, { recursive: true, force: true }))

const env = { PATH: process.env.PATH ?? '' }
const marked = () => markedProcesses(`HOLDFAST_RUN=${run}\0`)

test('a start that is ended before its shell has begun never runs its command', async () => {
  await endProcess({ run, graceSeconds: 0 })
  const ran = join(run, 'ran')
  await launch({ run, command: ['touch', ran], cwd: run, env })
  while (marked().length > 0) await sleep(20)
  expect(existsSync(ran)).toBe(false)
})

test('a shell that has not said for long who it is runs all the same, until it is gone', async () => {
  const claim = join(run, 'claim')
  await mkdir(claim)
  await utimes(claim, 1_000, 1_000)
  const slow = spawn('sleep', ['600'], { env: { ...env, HOLDFAST_RUN: run }, stdio: 'ignore' })
  await once(slow, 'spawn')
  expect(await inspect(run)).toEqual({ state: 'running' })
  slow.kill('SIGKILL')
  await once(slow, 'exit')
  expect(await inspect(run)).toEqual({ state: 'vanished' })
})
