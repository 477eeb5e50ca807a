import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { inspect } from '../../../../../src/local/sagemaker/jobs/job-process'

const run = mkdtempSync(join(tmpdir(), 'holdfast-late-'))
afterAll(() => rmSync(run, { recursive: true, force: true }))

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux(
  'a job that takes long to say who it is counts as running for as long as it lives',
  async () => {
    mkdirSync(join(run, 'claim'))
    const longAgo = Date.now() / 1000 - 60
    utimesSync(join(run, 'claim'), longAgo, longAgo)
    const job = spawn('sleep', ['600'], { env: { PATH: process.env['PATH'], HOLDFAST_RUN: run } })
    const ended = once(job, 'close')
    try {
      await once(job, 'spawn')
      expect(await inspect(run)).toEqual({ state: 'running' })
    } finally {
      job.kill('SIGKILL')
      await ended
    }
    expect(await inspect(run)).toEqual({ state: 'vanished' })
  },
)
