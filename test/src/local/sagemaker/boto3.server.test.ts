import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  credentials,
  requiredVariable,
  startS3,
  startSagemakerProcess,
  type Server,
} from './sagemaker-process'

jest.setTimeout(600_000)

let folder: string
const servers: Server[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-boto3-'))
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop('SIGKILL')))
  await rm(folder, { recursive: true, force: true })
})

/** Answers one JSON object on its standard output; see boto3_client.py. */
interface Report {
  account: string
  completed: {
    status: string
    artifacts: string
    metrics: object[]
    logs: string[]
    artifact_bytes: number
  }
  stopped: { status: string; secondary: string }
  again: string
  served: { answer: object; left: number }
  tuned: { status: string; epochs: number[]; best: number }
  listed: string[]
}

test('boto3, unmodified, trains, stops, reads logs, deploys, asks, and tunes', async () => {
  const python = requiredVariable('HOLDFAST_PYTHON')
  const [buckets, dataDir] = [join(folder, 's3'), join(folder, 'data')]
  await mkdir(buckets)
  const s3 = await startS3({ folder: buckets })
  servers.push(s3)
  const sagemaker = await startSagemakerProcess({
    dataDir,
    runner: 'built-in',
    env: { AWS_ENDPOINT_URL_S3: s3.endpoint, HOLDFAST_PYTHON: python },
  })
  servers.push(sagemaker)

  const { stdout } = await promisify(execFile)(python, [join(__dirname, 'boto3_client.py')], {
    timeout: 480_000,
    env: {
      PATH: process.env.PATH,
      // No configuration of whoever runs this test.
      HOME: folder,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ENDPOINT_URL_SAGEMAKER: sagemaker.endpoint,
      AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: sagemaker.endpoint,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: sagemaker.endpoint,
      AWS_ENDPOINT_URL_STS: sagemaker.endpoint,
    },
  })
  const report = JSON.parse(stdout) as Report
  expect(report.account).toBe(credentials.accessKeyId)
  expect(report.completed).toMatchObject({
    status: 'Completed',
    metrics: [{ MetricName: 'eval_accuracy', Value: 0.875, Timestamp: true }],
    artifacts: expect.stringMatching(/^s3:\/\/.*\/output\/model\.tar\.gz$/) as string,
  })
  expect(report.completed.artifact_bytes).toBeGreaterThan(0)
  expect(report.completed.logs.join('\n')).toContain('hello from the script, epochs=2')
  expect(report.stopped).toEqual({ status: 'Stopped', secondary: 'Stopped' })
  expect(report.again).toBe('ValidationException')
  expect(report.listed).toEqual(['boto3-long', 'boto3-short'])
  expect(report.served).toEqual({ answer: { model: 'trained', words: 3 }, left: 0 })
  expect(report.tuned.status).toBe('Completed')
  expect(report.tuned.epochs).toHaveLength(4)
  expect(report.tuned.best).toBe(Math.min(...report.tuned.epochs))
})
