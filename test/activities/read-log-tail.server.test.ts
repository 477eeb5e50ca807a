import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'

import { readLogTail } from '../../activities/read-log-tail'
import { startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(60_000)

let local: LocalAws
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local.stop())

const tail = (jobName: string, lines = 3) =>
  readLogTail(local.deps, { kind: 'training', jobName, lines })

test('the last lines come oldest first, each cut to 300 characters', async () => {
  const folder = join(local.dataDir, 'sagemaker', 'logs', '%2Faws%2Fsagemaker%2FTrainingJobs')
  await mkdir(folder, { recursive: true })
  const lines = Array.from(
    { length: 10 },
    (_, at) => `line ${at} ${'x'.repeat(at === 9 ? 400 : 0)}`,
  )
  await writeFile(
    join(folder, 'reviews-a1%2Falgo-1-1.ndjson'),
    lines.map((message, at) => `${JSON.stringify({ timestamp: at + 1, message })}\n`).join(''),
  )
  const told = await tail('reviews-a1')
  expect(told.map((line) => line.slice(0, 6))).toEqual(['line 7', 'line 8', 'line 9'])
  expect(told[2]).toHaveLength(300)
})

test('lines of several hosts are told apart, in the order in which they were written', async () => {
  const folder = join(local.dataDir, 'sagemaker', 'logs', '%2Faws%2Fsagemaker%2FTrainingJobs')
  await mkdir(folder, { recursive: true })
  const say = (stream: string, lines: [number, string][]) =>
    writeFile(
      join(folder, `pair%2F${stream}.ndjson`),
      lines.map(([timestamp, message]) => `${JSON.stringify({ timestamp, message })}\n`).join(''),
    )
  await say('algo-1-5', [
    [10, 'loading'],
    [40, 'ended by the other'],
  ])
  await say('algo-2-5', [
    [20, 'loading'],
    [30, 'ValueError'],
  ])
  expect(await tail('pair')).toEqual([
    '[algo-2] loading',
    '[algo-2] ValueError',
    '[algo-1] ended by the other',
  ])
})

test('a job without logs, or logs that cannot be read, never fail a run', async () => {
  expect(await tail('no-such-job')).toEqual([])
  const logs = new CloudWatchLogsClient({ endpoint: 'http://127.0.0.1:9', maxAttempts: 1 })
  const deps = { ...local.deps, logs }
  expect(await readLogTail(deps, { kind: 'training', jobName: 'x', lines: 3 })).toEqual([])
})
