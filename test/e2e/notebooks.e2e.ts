/**
 * The notebooks whose examples can run here, on the local platform: with tiny models and made-up
 * data, and otherwise as examples/notebooks has them.
 */

import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import {
  DescribeModelCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
} from '@aws-sdk/client-sagemaker'
import { parse, stringify } from 'yaml'

import { packageRoot } from '../../src/package-root'
import type { RunStatus } from '../../src/run-state'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { startProgram } from './support/run-cli'
import { makeUsersProject } from './support/users-project'
import { waitFor } from './support/wait-for'

/** Seconds for one run; two idle cores take about 20. */
const runDeadline = 400
jest.setTimeout(600_000)

const examples = join(packageRoot(), 'examples', 'notebooks')
const bucket = 'sagemaker-us-east-1-111122223333'
const modelChannel = '/opt/ml/input/data/model'

let quick: QuickPlatform
let python: string
/** Archive that the first notebook trained. */
let trained: string

beforeAll(async () => {
  python = process.env['HOLDFAST_PYTHON'] ?? 'python3'
  quick = await startQuickPlatform({ env: { OMP_NUM_THREADS: '1' } })
  cpSync(examples, join(quick.folder, 'notebooks'), { recursive: true })
  const data = join(quick.folder, 'data')
  execFileSync(python, [join(__dirname, 'support', 'notebook_data.py'), data], {
    env: { ...process.env, HF_HUB_OFFLINE: '1' },
    stdio: 'pipe',
    timeout: 240_000,
  })
  await quick.aws.s3.send(new CreateBucketCommand({ Bucket: bucket }))
  // Where the examples read from.
  for (const name of ['imdb', 'emotion']) await upload(join(data, 'text'), name)
  await upload(join(data, 'images'), 'cifar10')
})
afterAll(() => quick?.stop())

async function upload(folder: string, name: string): Promise<void> {
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(json|arrow)$/.test(file)) continue
    const Key = `samples/datasets/${name}/${file}`
    const Body = readFileSync(join(folder, file))
    await quick.aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))
  }
}

/** Runs an example, with a tiny model and other hyperparameters, and returns how it ended. */
async function run(
  name: string,
  options: { model: 'bert' | 'vit'; hyperparameters: Record<string, unknown> },
): Promise<RunStatus> {
  const file = join(quick.folder, 'notebooks', name, 'pipeline.yaml')
  const config = parse(readFileSync(file, 'utf8')) as { train: { hyperparameters: object } }
  Object.assign(config.train.hyperparameters, options.hyperparameters)
  Object.assign(config, { model: join(quick.folder, 'data', options.model) })
  writeFileSync(file, stringify(config))
  const { code, stdout, stderr } = await quick.cli(['run', '-f', file, '--json'], {
    timeout: runDeadline,
  })
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}\n${stdout}`)
  // The script knows every flag that it is sent; a model of images has no tokenizer.
  expect(stderr.match(/^warning: (?!model: no tokenizer).*$/gm)).toBeNull()
  return JSON.parse(stdout) as RunStatus
}

const jobOf = (status: RunStatus) =>
  quick.aws.trainingJob(status.training.attempts[0]?.jobName ?? '')

async function logsOf(status: RunStatus): Promise<string> {
  const { code, stdout, stderr } = await quick.cli(['logs', status.id])
  if (code !== 0) throw new Error(stderr)
  return stdout
}

/** Of the last line that gives it. */
const lastNumber = (log: string, key: string): number =>
  Number([...log.matchAll(new RegExp(`${key} = ([0-9.e-]+)`, 'g'))].at(-1)?.[1])

test('01 trains from its two channels and leaves a model with its tokenizer', async () => {
  const status = await run('01-getting-started-pytorch', {
    model: 'bert',
    hyperparameters: {
      model_name: modelChannel,
      epochs: 3,
      train_batch_size: 8,
      warmup_steps: 0,
      learning_rate: 0.01,
    },
  })
  expect(status).toMatchObject({ state: 'completed', error: null, published: null })
  const job = await jobOf(status)
  expect(job.EnableManagedSpotTraining ?? false).toBe(false)
  expect(job.InputDataConfig?.map(({ ChannelName }) => ChannelName)).toEqual(
    expect.arrayContaining(['train', 'test']),
  )
  expect(lastNumber(await logsOf(status), 'eval_accuracy')).toBeGreaterThan(0.9)
  trained = job.ModelArtifacts?.S3ModelArtifacts ?? ''
  expect(trained).toMatch(/\/output\/model\.tar\.gz$/)
})

test('05 loses its spot instance once and goes on from its checkpoint', async () => {
  const rule = { jobs: 'emotion-checkpointing-*', when: { logLine: "'epoch': 10\\.0" } }
  const interrupt = { ...rule, do: 'interrupt', resumeAfter: '500ms' }
  quick.scenario([interrupt], { timeScale: 120 })
  const epochs = 100
  const status = await run('05-spot-instances', {
    model: 'bert',
    hyperparameters: {
      model_id: modelChannel,
      epochs,
      train_batch_size: 8,
      warmup_steps: 0,
      save_steps: 60,
    },
  })
  expect(status).toMatchObject({ state: 'completed', error: null })
  expect(status.training.attempts).toHaveLength(1)
  const job = await jobOf(status)
  expect(job.SecondaryStatusTransitions?.map(({ Status }) => Status)).toContain('Interrupted')
  expect(job.CheckpointConfig?.S3Uri).toMatch(`s3://${bucket}/emotion-checkpointing/checkpoints/`)
  const log = await logsOf(status)
  expect(log).toContain('starting afresh')
  const resumed = Number(/resuming from \S*checkpoint-(\d+)/.exec(log)?.[1])
  expect(resumed % 60).toBe(0)
  expect(resumed).toBeGreaterThan(0)
  // 96 rows, 8 at a time.
  expect(resumed).toBeLessThan((epochs * 96) / 8)
  expect(lastNumber(log, 'epoch')).toBe(epochs)
})

test("06 has the numbers of its log, by the notebook's own expressions", async () => {
  const status = await run('06-sagemaker-metrics', {
    model: 'bert',
    hyperparameters: {
      model_name: modelChannel,
      train_batch_size: 8,
      warmup_steps: 0,
      learning_rate: 0.005,
    },
  })
  const { FinalMetricDataList = [] } = await jobOf(status)
  const final = new Map(FinalMetricDataList.map(({ MetricName, Value }) => [MetricName, Value]))
  const log = await logsOf(status)
  for (const name of ['eval_loss', 'eval_accuracy', 'eval_f1', 'eval_precision', 'eval_recall'])
    expect(final.get(name)).toBeCloseTo(lastNumber(log, name), 4)
  expect(final.get('epoch')).toBe(3)
  expect(final.get('loss')).toBeGreaterThan(0)
})

test('09 trains a Vision Transformer from pixel values', async () => {
  const status = await run('09-vision-transformer', {
    model: 'vit',
    hyperparameters: { model_name: modelChannel, warmup_steps: 0, learning_rate: 0.01 },
  })
  expect(status).toMatchObject({ state: 'completed', error: null })
  expect(lastNumber(await logsOf(status), 'eval_accuracy')).toBeGreaterThan(0.9)
})

test('10 deploys an archive from S3, answers, and leaves nothing', async () => {
  // The example names an archive of Hugging Face's: here it is what the first notebook trained.
  const { s3, sagemaker } = quick.aws
  const place = { Bucket: 'hf-sagemaker-inference', Key: 'model.tar.gz' }
  await s3.send(new CreateBucketCommand({ Bucket: place.Bucket }))
  const archive = await quick.aws.object(trained)
  if (!archive) throw new Error(`nothing lies at ${trained}`)
  await s3.send(new PutObjectCommand({ ...place, Body: archive }))

  const project = join(quick.folder, 'project')
  const files = ['endpoint.ts', '10-deploy-from-s3/deploy.ts'].map((file) => `notebooks/${file}`)
  const built = join(makeUsersProject({ folder: project, examples: files }), 'notebooks')
  const program = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await startProgram([join(built, 'endpoint.js'), ...args], {
      cwd: project,
      env: quick.platform.env,
    }).ended
    if (code !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  const endpoint = await program(join(built, '10-deploy-from-s3', 'deploy.js'))
  expect(predict(endpoint, 'the film was a good film')).toMatchObject([{ label: 'pos' }])
  expect(predict(endpoint, 'the film was a dull film')).toMatchObject([{ label: 'neg' }])

  await program('--delete', endpoint)
  expect((await sagemaker.send(new ListEndpointConfigsCommand({}))).EndpointConfigs).toEqual([])
  await expect(sagemaker.send(new DescribeModelCommand({ ModelName: endpoint }))).rejects.toThrow(
    /Could not find model/,
  )
  await waitFor(
    async () => (await sagemaker.send(new ListEndpointsCommand({}))).Endpoints?.length === 0,
    { what: 'end of the endpoint', deadline: 90 },
  )
})

/** What boto3 is answered. */
function predict(endpoint: string, text: string): unknown {
  const program = `
import boto3, sys
runtime = boto3.client("sagemaker-runtime", region_name="us-east-1")
answer = runtime.invoke_endpoint(EndpointName=sys.argv[1], ContentType="application/json", Body=sys.argv[2])
print(answer["Body"].read().decode())
`
  const args = ['-c', program, endpoint, JSON.stringify({ inputs: text })]
  const env = { ...process.env, ...quick.platform.env }
  return JSON.parse(
    execFileSync(python, args, { env, encoding: 'utf8', timeout: 120_000 }),
  ) as unknown
}
