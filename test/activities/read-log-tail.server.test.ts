import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'

import { lastEventOf, readLogTail } from '../../activities/read-log-tail'
import { jobLogReader } from '../../src/client/job-logs'
import { startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(120_000)

let local: LocalAws
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local.stop())

const tail = (jobName: string, lines = 3) =>
  readLogTail(local.deps, { kind: 'training', jobName, lines, site: local.site('tail') })

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

/** A job that was interrupted so often that the streams of its starts fill more than a page. */
async function oftenInterrupted(jobName: string): Promise<void> {
  const folder = join(local.dataDir, 'sagemaker', 'logs', '%2Faws%2Fsagemaker%2FTrainingJobs')
  await mkdir(folder, { recursive: true })
  for (let start = 100; start < 160; start++) {
    const file = join(folder, `${jobName}%2Falgo-1-${start}.ndjson`)
    const line = { timestamp: start * 1_000, message: `start ${start}` }
    await writeFile(file, `${JSON.stringify(line)}\n`)
  }
}

test('the newest of sixty starts is the one that is read, and a stall is judged by', async () => {
  await oftenInterrupted('restless')
  const job = { kind: 'training', jobName: 'restless' } as const
  expect(await readLogTail(local.deps, { ...job, lines: 3, site: local.site('tail') })).toEqual([
    'start 159',
  ])
  expect(await lastEventOf(local.deps, job)).toBe(159_000)
  const reader = jobLogReader({ logs: local.deps.logs, ...job })
  const told = (await reader.read()).map(({ message }) => message)
  expect([told.length, told.at(-1)]).toEqual([60, 'start 159'])
})

test('a job without logs, or logs that cannot be read, never fail a run', async () => {
  expect(await tail('no-such-job')).toEqual([])
  const logs = new CloudWatchLogsClient({ endpoint: 'http://127.0.0.1:9', maxAttempts: 1 })
  const deps = { ...local.deps, logs }
  expect(
    await readLogTail(deps, { kind: 'training', jobName: 'x', lines: 3, site: local.site('tail') }),
  ).toEqual([])
})
