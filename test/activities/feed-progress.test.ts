import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { pino } from 'pino'

import type { Dependencies } from '../../activities'
import { withProgressFed, type LiveFeed } from '../../activities/feed-progress'
import type { FedProgress } from '../../src/feeds/fed-progress'
import type { JobSnapshot } from '../../src/job'
import { pipeline } from '../src/plan/pipeline'
import { driveTimeouts } from './driven-timeouts'

driveTimeouts()

const second = 1_000
/** The clock stands still. */
const now = Date.parse('2026-11-28T12:00:00Z')
beforeEach(() => jest.spyOn(Date, 'now').mockReturnValue(now))
afterEach(() => jest.mocked(Date.now).mockRestore())

const job: JobSnapshot = {
  jobName: 'reviews-a1',
  kind: 'training',
  status: 'InProgress',
  secondaryStatus: 'Training',
  interruptions: 0,
}
const feed: LiveFeed = {
  run: 's3://b/holdfast/runs/reviews-7f3k2m-0a1b2c3d',
  // Nothing listens on the port that is always closed.
  pipeline: { ...pipeline, feeds: { mlflow: { trackingUri: 'http://127.0.0.1:9' } } },
  jobsBefore: [],
}

/** Logs of a stream for each job; counts how often they were read. */
function log(lines: string[], linesBefore: string[] = []) {
  let reads = 0
  const send = (command: {
    constructor: { name: string }
    input: { logStreamNamePrefix?: string; logStreamName?: string; nextToken?: string }
  }) => {
    const { logStreamNamePrefix, logStreamName = '', nextToken = '0' } = command.input
    if (command.constructor.name === 'DescribeLogStreamsCommand')
      return Promise.resolve({ logStreams: [{ logStreamName: `${logStreamNamePrefix}algo-1-1` }] })
    reads += 1
    const all = logStreamName.startsWith('reviews-a0/') ? linesBefore : lines
    const events = all.map((message, at) => ({ timestamp: at, message }))
    const nextForwardToken = String(events.length)
    return Promise.resolve({ events: events.slice(Number(nextToken)), nextForwardToken })
  }
  const logs = Object.assign(new CloudWatchLogsClient({ region: 'us-east-1' }), { send })
  const deps = {
    ...{ logs, env: {}, pollSeconds: 10, log: pino({ level: 'silent' }) },
    sagemaker: { config: {} },
  } as unknown as Dependencies
  return { deps, reads: () => reads }
}
const looked = (deps: Dependencies, seen?: JobSnapshot, changes: Partial<JobSnapshot> = {}) =>
  withProgressFed(deps, { job: { ...job, ...changes }, seen, feed })
const ago = (seconds: number, failures = 0): JobSnapshot => ({
  ...job,
  fed: { at: now - seconds * second, failures, tokens: {}, hasHelper: false, counted: 0 },
})

test('a server that is down fails no look at the job, and is tried again ever more seldom', async () => {
  const { deps } = log(["{'loss': 0.6, 'epoch': 0.1}"])
  const first = await looked(deps)
  expect(first).toMatchObject({ ...job, fed: { failures: 1 } })
  // Nothing of the log counts as shown.
  expect(first.fed).toMatchObject({ tokens: {}, counted: 0 })

  const failures = async (seen: JobSnapshot) => (await looked(deps, seen)).fed?.failures
  expect(await failures(ago(59, 1))).toBe(1)
  expect(await failures(ago(61, 1))).toBe(2)
  expect(await failures(ago(599, 20))).toBe(20)
  expect(await failures(ago(601, 20))).toBe(21)
})

test('the log is read every third look, goes on where it was left, and is not asked for otherwise', async () => {
  const { deps, reads } = log(['no metric', 'nor this'])
  const first = await looked(deps)
  expect(first.fed).toMatchObject({ failures: 0, tokens: { 'reviews-a1/algo-1-1': '2' } })
  const before = reads()
  expect(await looked(deps, first)).toEqual(first)
  expect(await looked(deps, ago(29))).toMatchObject({ fed: { failures: 0 } })
  expect(reads()).toBe(before)
  const fed: FedProgress = { ...(first.fed as FedProgress), at: now - 31 * second }
  await looked(deps, { ...first, fed })
  expect(reads()).toBe(before + 1)
})

test.each(['Starting', 'Downloading', 'Interrupted'] as const)(
  'nothing is read of a job that prints nothing (%s), nor for a run that is shown nowhere',
  async (secondaryStatus) => {
    const { deps, reads } = log(["{'loss': 0.6}"])
    expect(await looked(deps, undefined, { secondaryStatus })).not.toHaveProperty('fed')
    expect(await withProgressFed(deps, { job, seen: undefined, feed: undefined })).toBe(job)
    expect(reads()).toBe(0)
  },
)

test('lines without steps are counted from the first attempt on, and what comes later goes on from there', async () => {
  const sent: { step: number; value: number }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { metrics = [] } = JSON.parse(body || '{}') as { metrics?: typeof sent }
      sent.push(...metrics)
      const info = { run_id: 'r1', experiment_id: '1' }
      response.end(JSON.stringify({ experiment: { experiment_id: '1' }, runs: [], run: { info } }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const trackingUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const second: LiveFeed = {
      ...feed,
      pipeline: { ...pipeline, feeds: { mlflow: { trackingUri } } },
      jobsBefore: ['reviews-a0'],
    }
    const lines = ["{'loss': 0.4}"]
    const { deps } = log(lines, ["{'loss': 0.6}", "{'loss': 0.5}"])
    const first = await withProgressFed(deps, { job, seen: undefined, feed: second })
    expect(first.fed).toMatchObject({ failures: 0, counted: 3 })
    lines.push("{'loss': 0.3}")
    const fed: FedProgress = { ...(first.fed as FedProgress), at: 0 }
    await withProgressFed(deps, { job, seen: { ...first, fed }, feed: second })
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  expect(sent.map(({ step, value }) => [step, value])).toEqual([
    [3, 0.4],
    [4, 0.3],
  ])
})
