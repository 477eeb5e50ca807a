/** The judge of the local platform: a client that nobody here wrote, the Python SDK 2.x from PyPI. */

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
} from '../sagemaker-process'

jest.setTimeout(600_000)

interface Report {
  version: string
  trained: {
    output: string
    status: string
    image: string
    spot: boolean
    channels: string[]
    model_data: string
    analytics: { timestamp: number; metric_name: string; value: number }[]
    final: Record<string, number>
  }
  served: { status: string; answer: { label: string; score: number }[]; left: number }
  tuned: { status: string; completed: number; best: string; trials: Record<string, unknown>[] }
}

let folder: string
let report: Report
const servers: Server[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-python-sdk-'))
  const [buckets, dataDir] = [join(folder, 's3'), join(folder, 'data')]
  await mkdir(buckets)
  const s3 = await startS3({ folder: buckets })
  servers.push(s3)
  const python = requiredVariable('HOLDFAST_PYTHON')
  const platform = await startSagemakerProcess({
    dataDir,
    runner: 'built-in',
    env: { AWS_ENDPOINT_URL_S3: s3.endpoint, HOLDFAST_PYTHON: python },
  })
  servers.push(platform)
  const work = join(folder, 'work')
  const reviews = requiredVariable('HOLDFAST_DEMO_DATA')
  const tokenizer = requiredVariable('HOLDFAST_DEMO_MODEL')
  await run({ python, args: ['prepare.py', reviews, tokenizer, work] })
  const output = await run({
    python: requiredVariable('HOLDFAST_PYTHON_SDK'),
    args: ['post_flow.py', work, 'deploy', 'tune'],
    env: endpoints({ s3, platform, home: folder }),
  })
  report = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Report
})

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  await rm(folder, { recursive: true, force: true })
})

async function run(options: {
  python: string
  args: string[]
  env?: Record<string, string>
}): Promise<string> {
  const [script = '', ...args] = options.args
  const env = { PATH: process.env['PATH'], HF_HUB_OFFLINE: '1', ...options.env }
  const { stdout } = await promisify(execFile)(options.python, [join(__dirname, script), ...args], {
    env: { HOME: process.env['HOME'], ...env },
    timeout: 480_000,
    maxBuffer: 64e6,
  })
  return stdout
}

/** Nothing else says where the platform is: the SDK's own code is as it comes. */
function endpoints(options: { s3: Server; platform: Server; home: string }) {
  const { s3, platform, home } = options
  const services = ['SAGEMAKER', 'SAGEMAKER_RUNTIME', 'CLOUDWATCH', 'CLOUDWATCH_LOGS', 'STS']
  return {
    HOME: home,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    ...Object.fromEntries(
      services.map((service) => [`AWS_ENDPOINT_URL_${service}`, platform.endpoint]),
    ),
    // Its telemetry would leave this machine.
    SAGEMAKER_ADMIN_CONFIG_OVERRIDE: join(__dirname, 'sdk-config.yaml'),
  }
}

test('fit trains on the post’s versions, prints the log and the status lines, and leaves a model', () => {
  const { trained, version } = report
  expect(version).toMatch(/^2\./)
  expect(trained).toMatchObject({ status: 'Completed', spot: true, channels: ['train', 'test'] })
  expect(trained.image).toContain('huggingface-pytorch-training:1.7-transformers4.6-gpu-py36-cu110')
  expect(trained.model_data).toMatch(
    /^s3:\/\/sagemaker-us-east-1-\d{12}\/.*\/output\/model\.tar\.gz$/,
  )
  expect(trained.output).toMatch(/Starting - .*\n/)
  expect(trained.output).toMatch(/Training - .*\n/)
  expect(trained.output).toMatch(/'eval_accuracy'/)
  expect(trained.output).toMatch(/Completed - .*\n/)
})

test('fit ends with training seconds, billable seconds and what spot saved', () => {
  const { output } = report.trained
  expect(Number(/Training seconds: (\d+)/.exec(output)?.[1])).toBeGreaterThan(0)
  expect(Number(/Billable seconds: (\d+)/.exec(output)?.[1])).toBeGreaterThan(0)
  expect(output).toMatch(/Managed Spot Training savings: \d+\.\d%/)
})

test('TrainingJobAnalytics reads the metrics that the job’s own expressions found', () => {
  const { analytics, final } = report.trained
  const evaluated = analytics.filter(({ metric_name }) => metric_name === 'eval_accuracy')
  expect(evaluated.at(-1)?.value).toBeCloseTo(final['eval_accuracy'] ?? NaN, 5)
  expect(analytics.every(({ timestamp }) => timestamp >= 0)).toBe(true)
})

test('deploy serves the model, predict answers, and deleting leaves nothing', () => {
  const { status, answer, left } = report.served
  expect(status).toBe('InService')
  expect(['negative', 'positive', 'LABEL_0', 'LABEL_1']).toContain(answer[0]?.label)
  expect(answer[0]?.score).toBeGreaterThan(0.4)
  expect(left).toBe(0)
})

test('a HyperparameterTuner runs four jobs and finds the best', () => {
  const { status, completed, best, trials } = report.tuned
  expect({ status, completed }).toEqual({ status: 'Completed', completed: 4 })
  const scores = trials.map((trial) => Number(trial['FinalObjectiveValue']))
  const winner = trials.find((trial) => trial['TrainingJobName'] === best)
  expect(trials).toHaveLength(4)
  expect(Number(winner?.['FinalObjectiveValue'])).toBe(Math.min(...scores))
})
