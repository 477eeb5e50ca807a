/** A real S3 server, a data directory and small stdlib-only training scripts. */

import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { create as createTar } from 'tar'

import { endJobs } from '../../../../../src/local/end-jobs'
import { freePorts } from '../../../../../src/local/free-ports'
import { createJobEngine, type JobEngine } from '../../../../../src/local/sagemaker/jobs/engine'
import {
  isTerminal,
  type JobKind,
  type JobRecord,
  type RunnerName,
} from '../../../../../src/local/sagemaker/jobs/job'
import { pythonTools } from '../../../../../src/local/sagemaker/jobs/job-command'
import { createScenario } from '../../../../../src/local/sagemaker/jobs/scenario'

export const account = '111122223333'
export const region = 'us-east-1'
export const bucket = 'holdfast-test'

/** Without a C compiler the toolkit cannot be installed, and the built-in runner does its work. */
export const runnerHere: RunnerName = pythonTools().hasToolkit ? 'toolkit' : 'built-in'

export const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

export interface Fixture {
  dataDir: string
  s3: S3Client
  put(key: string, body: string | Buffer): Promise<void>
  get(key: string): Promise<Buffer>
  keys(prefix: string): Promise<string[]>
  /** Uploads the files as sourcedir.tar.gz and returns its URI. */
  source(name: string, files: Record<string, string | Buffer>): Promise<string>
  scenario(text: string): Promise<void>
  engine(options?: {
    runner?: RunnerName
    optMl?: 'auto' | 'rewrite'
    s3PatienceSeconds?: number
  }): Promise<JobEngine>
  /** Kills the S3 server (it can be started again). */
  stopS3(): Promise<void>
  startS3(): Promise<void>
  /** Of all starts of the job, or of the one with this stream on the first host. */
  logs(name: string, stream?: string): Promise<string[]>
  /** A path that is not there until the test opens it: what the script waits for. */
  gate(name: string): Gate
  close(): Promise<void>
}

export interface Gate {
  path: string
  open(): Promise<void>
}

/** For a script: `passed(path)` returns once the path is there. */
export const passed = `
import os, time
def passed(path):
    while not os.path.exists(path):
        time.sleep(0.02)
`

export async function startFixture(): Promise<Fixture> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-jobs-'))
  const dataDir = join(root, 'data')
  await Promise.all(['data', 's3', 'iam'].map((name) => mkdir(join(root, name))))
  // From outside the range of outgoing connections: the server is stopped and finds it free again.
  const [port = 0] = await freePorts(1)
  const endpoint = `http://127.0.0.1:${port}`
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'local-secret',
    AWS_REGION: region,
  })
  const s3 = new S3Client({ region, forcePathStyle: true, maxAttempts: 1 })
  const engines: JobEngine[] = []
  let server: ChildProcess | undefined

  const fixture: Fixture = {
    dataDir,
    s3,
    async put(key, body) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }))
    },
    async get(key) {
      const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      return Buffer.from((await answer.Body?.transformToByteArray()) ?? [])
    },
    async keys(prefix) {
      const answer = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }))
      return (answer.Contents ?? []).map((item) => item.Key ?? '').sort()
    },
    async source(name, files) {
      const folder = await mkdtemp(join(root, 'source-'))
      for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text)
      const file = join(root, `${name}.tar.gz`)
      await createTar({ gzip: true, cwd: folder, file }, Object.keys(files))
      await fixture.put(`source/${name}/sourcedir.tar.gz`, await readFile(file))
      return `s3://${bucket}/source/${name}/sourcedir.tar.gz`
    },
    scenario: (text) => writeFile(join(dataDir, 'scenario.yaml'), text),
    async engine({ runner = 'toolkit', optMl = 'auto', s3PatienceSeconds = 10 } = {}) {
      const scenario = createScenario({ file: join(dataDir, 'scenario.yaml'), logger: quiet })
      const engine = await createJobEngine({
        dataDir,
        runner,
        region,
        scenario,
        logger: quiet,
        optMl,
        s3PatienceSeconds,
      })
      const own: JobEngine = {
        ...engine,
        async close() {
          engines.splice(engines.indexOf(own), 1)
          await engine.close()
        },
      }
      engines.push(own)
      return own
    },
    async stopS3() {
      const ending = server
      server = undefined
      if (!ending) return
      const gone = new Promise((resolve) => ending.once('exit', resolve))
      ending.kill('SIGKILL')
      await gone
    },
    async startS3() {
      const args = [
        '--port',
        `127.0.0.1:${port}`,
        '--access',
        account,
        '--secret',
        'local-secret',
        '--region',
        region,
        '--quiet',
        'posix',
        join(root, 's3'),
      ]
      server = spawn(process.env.HOLDFAST_VERSITYGW ?? 'versitygw', args, { stdio: 'ignore' })
      let broken: Error | undefined
      server.once('error', (error) => (broken = error))
      await until('the S3 server answers', async () => {
        if (broken) return true
        await s3.send(new ListObjectsV2Command({ Bucket: bucket })).catch((error: Error) => {
          if (error.name !== 'NoSuchBucket') throw error
        })
        return true
      })
      if (broken) throw broken
    },
    async logs(name, stream) {
      const folder = join(dataDir, 'sagemaker', 'logs', '%2Faws%2Fsagemaker%2FTrainingJobs')
      const start = stream === undefined ? '' : `-${stream.split('-').at(-1)}`
      const files = (await readdir(folder))
        .filter((file) => file.startsWith(`${name}%2F`) && file.endsWith(`${start}.ndjson`))
        .sort()
      const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
      return texts
        .flatMap((text) => text.trim().split('\n'))
        .map((line) => (JSON.parse(line) as { message: string }).message)
    },
    gate(name) {
      const path = join(root, name)
      return { path, open: () => writeFile(path, '') }
    },
    async close() {
      for (const engine of [...engines]) {
        for (const kind of ['training', 'processing'] as const) {
          for (const job of engine.list(kind)) {
            if (isTerminal(job)) continue
            await engine.stop(job).catch(() => undefined)
            await ended(engine, job).catch(() => undefined)
          }
        }
        await engine.close()
      }
      // Of a test that failed while no engine of ours had them.
      await endJobs(dataDir)
      await fixture.stopS3()
      s3.destroy()
      await rm(root, { recursive: true, force: true })
    },
  }
  await fixture.startS3()
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  return fixture
}

export function trainingRequest(options: {
  name: string
  source: string
  hyperparameters?: Record<string, unknown>
  spot?: boolean
  extra?: Record<string, unknown>
}) {
  const { name, source, hyperparameters = {}, spot = false, extra = {} } = options
  const all = {
    ...hyperparameters,
    sagemaker_program: 'train.py',
    sagemaker_submit_directory: source,
    sagemaker_job_name: name,
    sagemaker_region: region,
    sagemaker_container_log_level: 20,
  }
  return {
    kind: 'training' as const,
    arn: `arn:aws:sagemaker:${region}:${account}:training-job/${name}`,
    request: {
      TrainingJobName: name,
      HyperParameters: Object.fromEntries(
        Object.entries(all).map(([key, value]) => [key, JSON.stringify(value)]),
      ),
      AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'File' },
      OutputDataConfig: { S3OutputPath: `s3://${bucket}/out/` },
      ResourceConfig: { InstanceType: 'ml.p3.2xlarge', InstanceCount: 1, VolumeSizeInGB: 30 },
      StoppingCondition: {
        MaxRuntimeInSeconds: 3600,
        ...(spot ? { MaxWaitTimeInSeconds: 7200 } : {}),
      },
      ...(spot
        ? {
            EnableManagedSpotTraining: true,
            CheckpointConfig: { S3Uri: `s3://${bucket}/ckpt/${name}` },
          }
        : {}),
      ...extra,
    } as Record<string, unknown>,
  }
}

/**
 * Counts to `steps`, saves a checkpoint with its manifest last at every `every`, and resumes from the highest.
 * After `most` steps of one start it waits to be taken away.
 */
export const countingScript = `
import json, os, sys, time
args = dict(zip(sys.argv[1::2], sys.argv[2::2]))
steps, every, pause = int(args["--steps"]), int(args["--every"]), float(args["--pause"])
most = int(args.get("--most", steps))
root = "/opt/ml/checkpoints" if os.environ["SAGEMAKER_BASE_DIR"] == "/opt/ml" else os.path.join(os.environ["SAGEMAKER_BASE_DIR"], "checkpoints")
done = [int(d.split("-")[1]) for d in os.listdir(root) if os.path.exists(os.path.join(root, d, "holdfast-manifest.json"))]
begin = step = max(done, default=0)
print("from step", step)
while step < steps:
    time.sleep(600 if step - begin == most else pause)
    step += 1
    print("step", step)
    if step % every == 0:
        folder = os.path.join(root, "checkpoint-%d" % step)
        os.makedirs(folder, exist_ok=True)
        open(os.path.join(folder, "weights"), "w").write("w" * 1000)
        open(os.path.join(folder, "holdfast-manifest.json"), "w").write(json.dumps({"step": step}))
open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w").write("at %d" % step)
`

/** Polls with a deadline. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  seconds = 90,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  let last: unknown
  while (Date.now() < deadline) {
    try {
      const found = await look()
      if (found) return found
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`gave up waiting until ${what}`, { cause: last })
}

export function ended(
  engine: JobEngine,
  job: { kind: JobKind; name: string },
  seconds?: number,
): Promise<JobRecord> {
  const look = () => {
    const now = engine.get(job)
    return now && isTerminal(now) ? now : undefined
  }
  return until(`${job.name} ends`, look, seconds)
}

/** Pids of living processes whose command line holds the text. */
export async function processesWith(text: string): Promise<number[]> {
  const found: number[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const line = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')
    if (line.includes(text)) found.push(Number(entry))
  }
  return found
}
