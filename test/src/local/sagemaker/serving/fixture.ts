/** sagemaker-local and S3 as processes, boto3's runtime client, and models that are a few lines of Python. */

import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  SageMakerClient,
  type CreateEndpointConfigCommandInput,
  type DescribeEndpointCommandOutput,
} from '@aws-sdk/client-sagemaker'
import { endJobs } from '../../../../../src/local/end-jobs'
import { markedProcesses } from '../../../../../src/local/end-process'
import {
  credentials,
  requiredVariable,
  startS3,
  startSagemakerProcess,
  type Server,
} from '../sagemaker-process'

export const bucket = 'served-models'
export const image = '111122223333.dkr.ecr.us-east-1.amazonaws.com/huggingface-inference:1'
export const role = 'arn:aws:iam::111122223333:role/holdfast-local'

/** Milliseconds for whatever is waited for. */
const deadline = 120_000

/** What boto3 answers, or the error that it raised. */
export interface RuntimeAnswer {
  Body?: string
  ContentType?: string
  InvokedProductionVariant?: string
  OutputLocation?: string
  FailureLocation?: string
  InferenceId?: string
  Error?: { Code: string; Message: string }
  OriginalStatusCode?: number
  OriginalMessage?: string
  LogStreamArn?: string
}

export interface Gate {
  path: string
  open(): Promise<void>
  close(): Promise<void>
}

export interface ServingFixture {
  dataDir: string
  /** sagemaker-local's. */
  url: string
  sagemaker: SageMakerClient
  logs: CloudWatchLogsClient
  put(key: string, body: string | Buffer): Promise<string>
  get(key: string): Promise<string>
  keys(prefix: string): Promise<string[]>
  /** Uploads files as model.tar.gz and makes a model of them. */
  model(options: {
    name: string
    files?: Record<string, string | Buffer>
    environment?: Record<string, string>
  }): Promise<void>
  /** A configuration with one variant for each model, and an endpoint of it. */
  endpoint(options: {
    name: string
    models: { model: string; weight?: number }[]
    config?: Partial<CreateEndpointConfigCommandInput>
  }): Promise<void>
  config(options: Parameters<ServingFixture['endpoint']>[0]): Promise<void>
  /** Waits until an endpoint has left the statuses of a change. */
  settled(name: string): Promise<DescribeEndpointCommandOutput>
  runtime(
    verb: 'invoke_endpoint' | 'invoke_endpoint_async',
    members: Record<string, unknown>,
  ): Promise<RuntimeAnswer>
  /** Of `AWS/SageMaker` in the last hour, over all of its periods; zeros where there is nothing. */
  metric(options: {
    name: string
    dimensions: Record<string, string>
  }): Promise<{ sum: number; maximum: number }>
  kill(signal: NodeJS.Signals): Promise<void>
  restart(): Promise<void>
  /** A path that is not there until it is opened: what a model waits for. */
  gate(name: string): Gate
  /** The inference processes of this data directory, shims included. */
  processes(): number[]
  close(): Promise<void>
}

export async function startServing(
  options: { env?: Record<string, string> } = {},
): Promise<ServingFixture> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-serving-'))
  const dataDir = join(root, 'data')
  const buckets = join(root, 's3')
  await mkdir(buckets)
  const python = requiredVariable('HOLDFAST_PYTHON')
  const s3Server = await startS3({ folder: buckets })
  const start = (port?: number): Promise<Server> =>
    startSagemakerProcess({
      dataDir,
      runner: 'built-in',
      env: {
        AWS_ENDPOINT_URL_S3: s3Server.endpoint,
        HOLDFAST_PYTHON: python,
        // Nothing listens there: a Hub that cannot be reached, wherever the test runs.
        HF_ENDPOINT: 'http://127.0.0.1:9',
        ...options.env,
      },
      ...(port === undefined ? {} : { port }),
    })
  let server = await start()
  const client = { region: 'us-east-1', credentials, maxAttempts: 1 }
  const sagemaker = new SageMakerClient({ ...client, endpoint: server.endpoint })
  const logs = new CloudWatchLogsClient({ ...client, endpoint: server.endpoint })
  const cloudwatch = new CloudWatchClient({ ...client, endpoint: server.endpoint })
  const s3 = new S3Client({ ...client, endpoint: s3Server.endpoint, forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const boto3 = startBoto3({ python, home: root, endpoint: server.endpoint })

  const fixture: ServingFixture = {
    dataDir,
    url: server.endpoint,
    sagemaker,
    logs,
    async put(Key, Body) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))
      return `s3://${bucket}/${Key}`
    },
    async get(Key) {
      const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
      return (await answer.Body?.transformToString()) ?? ''
    },
    async keys(Prefix) {
      const answer = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }))
      return (answer.Contents ?? []).map((item) => item.Key ?? '').sort()
    },
    async model({ name, files, environment = {} }) {
      const packed = files && (await fixture.put(`${name}/model.tar.gz`, await pack(root, files)))
      const ModelDataUrl = packed && { ModelDataUrl: packed }
      await sagemaker.send(
        new CreateModelCommand({
          ModelName: name,
          ExecutionRoleArn: role,
          PrimaryContainer: { Image: image, Environment: environment, ...ModelDataUrl },
        }),
      )
    },
    async config({ name, models, config = {} }) {
      const ProductionVariants = models.map(({ model, weight = 1 }) => ({
        VariantName: models.length === 1 ? 'AllTraffic' : model,
        ModelName: model,
        InstanceType: 'ml.m5.xlarge' as const,
        InitialInstanceCount: 1,
        InitialVariantWeight: weight,
      }))
      await sagemaker.send(
        new CreateEndpointConfigCommand({
          EndpointConfigName: name,
          ProductionVariants,
          ...config,
        }),
      )
    },
    async endpoint(options) {
      await fixture.config(options)
      const { name } = options
      await sagemaker.send(
        new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }),
      )
    },
    async settled(name) {
      return await eventually(async () => {
        const found = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }))
        return ['Creating', 'Updating'].includes(found.EndpointStatus ?? '') ? undefined : found
      })
    },
    runtime: (verb, members) => boto3.ask({ verb, members }),
    async metric({ name, dimensions }) {
      const now = Date.now()
      const { Datapoints = [] } = await cloudwatch.send(
        new GetMetricStatisticsCommand({
          ...{ Namespace: 'AWS/SageMaker', MetricName: name },
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          StartTime: new Date(now - 3_600_000),
          EndTime: new Date(now + 60_000),
          Period: 60,
          Statistics: ['Sum', 'Maximum'],
        }),
      )
      return {
        sum: Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0),
        maximum: Math.max(0, ...Datapoints.map(({ Maximum = 0 }) => Maximum)),
      }
    },
    kill: (signal) => server.stop(signal),
    async restart() {
      server = await start(server.port)
    },
    gate(name) {
      const path = join(root, name)
      return { path, open: () => writeFile(path, ''), close: () => rm(path) }
    },
    processes: () => markedProcesses(`HOLDFAST_RUN=${join(dataDir, 'sagemaker')}/`),
    async close() {
      boto3.child.kill('SIGKILL')
      for (const each of [sagemaker, logs, cloudwatch, s3]) each.destroy()
      await server.stop('SIGKILL')
      await endJobs(dataDir)
      await s3Server.stop('SIGKILL')
      await rm(root, { recursive: true, force: true })
    },
  }
  return fixture
}

/** The first result that is not undefined; fails at the deadline. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + deadline; Date.now() < end; await sleep(200)) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error(`nothing came in ${deadline} ms`)
}

/** As the Python SDK packs a model: the first member is the root itself, `/`. */
const packer = `
import sys, tarfile
with tarfile.open(sys.argv[2], "w:gz") as archive:
    archive.add(sys.argv[1], arcname="/")
`

async function pack(root: string, files: Record<string, string | Buffer>): Promise<Buffer> {
  const folder = await mkdtemp(join(root, 'model-'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const file = `${folder}.tar.gz`
  await promisify(execFile)(requiredVariable('HOLDFAST_PYTHON'), ['-c', packer, folder, file])
  return readFile(file)
}

interface Boto3 {
  child: ChildProcess
  ask(request: object): Promise<RuntimeAnswer>
}

function startBoto3(options: { python: string; home: string; endpoint: string }): Boto3 {
  const { python, home, endpoint } = options
  const child = spawn(python, [join(__dirname, 'runtime_client.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: home,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: endpoint,
    },
  })
  const waiting: ((line: string) => void)[] = []
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line))
  return {
    child,
    ask: (request) =>
      new Promise((resolve) => {
        waiting.push((line) => resolve(JSON.parse(line) as RuntimeAnswer))
        child.stdin.write(`${JSON.stringify(request)}\n`)
      }),
  }
}
