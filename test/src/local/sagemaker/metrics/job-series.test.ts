import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { logFile } from '../../../../../src/local/sagemaker/jobs/log-stream'
import type { JobRecord } from '../../../../../src/local/sagemaker/jobs/job'
import { openCustomMetrics } from '../../../../../src/local/sagemaker/metrics/custom-metrics'
import { createJobSeries } from '../../../../../src/local/sagemaker/metrics/job-series'
import { sampleOf } from '../../../../../src/local/sagemaker/metrics/sample'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'holdfast-series-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

function job(changes: Partial<JobRecord> = {}): JobRecord {
  return {
    kind: 'training',
    name: 'reviews',
    arn: 'arn:aws:sagemaker:us-east-1:111122223333:training-job/reviews',
    request: {
      AlgorithmSpecification: {
        MetricDefinitions: [
          { Name: 'loss', Regex: "'loss': ([0-9.naif]+)" },
          { Name: 'unreadable', Regex: '(?<!' },
        ],
      },
    },
    status: 'InProgress',
    secondaryStatus: 'Training',
    transitions: [],
    creationTime: 1_000,
    lastModifiedTime: 1_000,
    runner: 'built-in',
    attempt: 1,
    logStreams: [],
    fired: {},
    retries: 0,
    ...changes,
  }
}

const line = (timestamp: number, message: string) => `${JSON.stringify({ timestamp, message })}\n`

async function streamFile(stream: string): Promise<string> {
  const file = logFile({ dataDir, kind: 'training', stream })
  await mkdir(dirname(file), { recursive: true })
  return file
}

const series = () => createJobSeries({ logsDir: join(dataDir, 'sagemaker', 'logs') })

test('every value in the log is a point at the time of its line, over all hosts', async () => {
  const seriesOf = series()
  const first = await streamFile('reviews/algo-1-1000')
  await writeFile(first, line(1_001_000, "{'loss': 0.5} {'loss': 0.25}") + line(1_003_000, 'no'))
  await writeFile(await streamFile('reviews/algo-2-1000'), line(1_002_000, "{'loss': 4}"))
  await writeFile(await streamFile('reviews-other/algo-1-1'), line(1_002_000, "{'loss': 9}"))
  expect(await seriesOf(job())).toEqual([
    { name: 'loss', at: 1_001_000, value: 0.5 },
    { name: 'loss', at: 1_001_000, value: 0.25 },
    { name: 'loss', at: 1_002_000, value: 4 },
  ])

  // What comes later is added once, however often it is asked for, and a half-written line waits.
  await appendFile(first, line(1_004_000, "{'loss': 2}") + '{"timestamp":1005000,"message":"{\'lo')
  const twice = await Promise.all([seriesOf(job()), seriesOf(job())])
  expect(twice.map((points) => points.length)).toEqual([4, 4])
  await appendFile(first, 'ss\': 1}"}\n')
  expect((await seriesOf(job())).at(-1)).toEqual({ name: 'loss', at: 1_005_000, value: 1 })
  // Another server, after a kill, finds the same.
  expect(await series()(job())).toEqual(await seriesOf(job()))
})

test('numbers that are not finite, our own notices and an earlier job of the name are no points', async () => {
  await writeFile(
    await streamFile('reviews/algo-1-1000'),
    line(999_000, "{'loss': 7}") +
      line(1_001_000, "{'loss': nan}") +
      line(1_001_000, "sagemaker-local: 'loss': 3"),
  )
  expect(await series()(job())).toEqual([])
})

test('a job of the scripted runner has what its record says', async () => {
  const metrics = [{ MetricName: 'loss', Value: 0.5, Timestamp: 1_001 }]
  expect(await series()(job({ runner: 'scripted', metrics }))).toEqual([
    { name: 'loss', at: 1_001_000, value: 0.5 },
  ])
})

test('what was put is there after a kill, but for a line that was torn', async () => {
  const file = join(dataDir, 'metrics.ndjson')
  const identity = {
    namespace: 'Ours',
    name: 'rows',
    dimensions: [
      { Name: 'b', Value: '2' },
      { Name: 'a', Value: '1' },
    ],
  }
  const sample = sampleOf({ at: 5, value: 3 })
  const before = await openCustomMetrics({ file })
  await before.put([{ identity, sample }])
  await appendFile(file, '\n[{"identity":{"namesp')
  const after = await openCustomMetrics({ file })
  await after.put([{ identity, sample }])
  const again = await openCustomMetrics({ file })
  const reversed = { ...identity, dimensions: [...identity.dimensions].reverse() }
  expect(again.samplesOf(reversed)).toEqual([sample, sample])
  expect(again.list()).toEqual([{ identity, newest: 5 }])
})

test('a job that is made again under a deleted name has none of the former one’s points', async () => {
  const seriesOf = series()
  await writeFile(await streamFile('reviews/algo-1-1000'), line(1_001_000, "{'loss': 0.5}"))
  expect(await seriesOf(job())).toHaveLength(1)
  expect(await seriesOf(job({ creationTime: 2_000 }))).toEqual([])
})
