import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  createReadStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { ModelSummary, RunSummary } from '../../src/client'
import type { Manifest } from '../../src/manifest'
import type { RunStatus } from '../../src/run-state'
import { awsView, type AwsView } from './support/aws-view'
import { processesLeft } from './support/processes'
import { startCli, type CliResult } from './support/run-cli'

/** Seconds. The set-up is done before by `npm test`; two idle cores take about one of the ten minutes. */
const demoDeadline = 600
jest.setTimeout(2 * demoDeadline * 1000)

/** The demo trains 47 steps and saves five times. */
const saveInterval = 10

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-demo-')))
let env: Record<string, string>
let aws: AwsView
let demo: CliResult
let run: RunStatus
let site: { root: string; run: string }
/** The manifests that lay beside checkpoints on S3, by the name of the checkpoint. */
const manifests = new Map<string, { step: number; files: object }>()

function cli(args: string[], timeout = 120): Promise<CliResult> {
  return startCli(args, { cwd: folder, timeout }).ended
}

/** A command whose stdout is one JSON value, and nothing else. */
async function json<T>(args: string[]): Promise<T> {
  const { code, stdout, stderr } = await cli([...args, '--json'])
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as T
}

async function fetchJson<T>(what: 'metrics' | 'manifest', id: string): Promise<T> {
  const { path } = await json<{ path: string }>(['get', id, what, '--out', join(folder, id)])
  return JSON.parse(readFileSync(path, 'utf8')) as T
}

beforeAll(async () => {
  const watch = setInterval(collectManifests, 500)
  try {
    demo = await cli(['demo', '--json'], demoDeadline)
  } finally {
    clearInterval(watch)
  }
  if (demo.code !== 0) return
  env = await json(['env'])
  aws = awsView(env)
  run = JSON.parse(demo.stdout) as RunStatus
  const manifest = await fetchJson<Manifest & { site: typeof site }>('manifest', run.id)
  site = manifest.site
})

afterAll(async () => {
  aws?.close()
  await cli(['down'])
  const left = await processesLeft(folder)
  rmSync(folder, { recursive: true, force: true })
  expect(left).toEqual([])
})

/** Old checkpoints are deleted on the way, so one has to look while the demo runs. The S3 server keeps plain files. */
function collectManifests(): void {
  const runs = join(folder, '.holdfast/s3/sagemaker-us-east-1-111122223333/holdfast/runs')
  for (const each of entriesOf(runs)) {
    const checkpoints = join(runs, each, 'checkpoints')
    for (const name of entriesOf(checkpoints)) {
      const path = join(checkpoints, name, 'holdfast-manifest.json')
      if (manifests.has(name)) continue
      const manifest = readIfThere(path)
      if (manifest) manifests.set(name, manifest)
    }
  }
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** Undefined also when it is deleted while it is read. */
function readIfThere(path: string): { step: number; files: object } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { step: number; files: object }
  } catch {
    return undefined
  }
}

test('the demo ends with 0, and its stdout is the final status and nothing else', () => {
  if (demo.code !== 0) throw new Error(`${demo.stderr}\n${demo.stdout}`)
  expect(run).toMatchObject({ pipeline: 'reviews', state: 'completed', error: null })
  expect(run.stages.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'preprocess done',
    'upload done',
    'train done',
    'evaluate done',
    'gate done',
    'publish done',
  ])
  expect(demo.stderr).toContain('spot capacity was taken back')
})

test('it scores at least 0.75 on 1,000 rows that it was not trained on', async () => {
  const scored = await fetchJson<{
    metrics: Record<string, number>
    rows: number
    artifact: { sha256: string }
  }>('metrics', run.id)
  expect(scored.rows).toBe(1000)
  expect(scored.metrics['eval_accuracy']).toBeGreaterThanOrEqual(0.75)
  expect(run.metrics['eval_accuracy']).toBe(scored.metrics['eval_accuracy'])
  expect(scored.artifact.sha256).toBe(run.published?.sha256)

  const [job = ''] = await aws.trainingJobs('reviews-')
  const { InputDataConfig = [] } = await aws.trainingJob(job)
  const uriOf = (channel: string): string =>
    InputDataConfig.find(({ ChannelName }) => ChannelName === channel)?.DataSource?.S3DataSource
      ?.S3Uri ?? ''
  const { train, test, shared } = textsOf(uriOf('train'), uriOf('test'))
  expect({ train, test, shared }).toEqual({ train: 1500, test: 1000, shared: 0 })
})

test('its capacity is taken back once, and it resumes from a verified checkpoint', async () => {
  const [attempt, ...others] = run.training.attempts
  expect(others).toEqual([])
  expect(attempt).toMatchObject({ interruptions: 1, status: 'Completed' })
  const { resumedFromStep = 0, stepsLost = Infinity } = attempt ?? {}
  expect(resumedFromStep).toBeGreaterThan(0)
  expect(stepsLost).toBeLessThanOrEqual(saveInterval)

  const manifest = manifests.get(`checkpoint-${resumedFromStep}`)
  expect(manifest?.step).toBe(resumedFromStep)
  expect(Object.keys(manifest?.files ?? {})).toContain('model.safetensors')
  const journal = String(await aws.object(`${site.run}/checkpoints/holdfast-journal.ndjson`))
  const events = journal
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'resumed', step: resumedFromStep, lost: stepsLost }),
  )
})

test('it publishes one version, and what `get` and `predict` use are its very bytes', async () => {
  expect(await aws.modelPackages('reviews')).toHaveLength(1)
  const models = await json<ModelSummary[]>(['models'])
  expect(models).toMatchObject([
    { model: 'reviews', version: 1, run: run.id, sha256: run.published?.sha256 },
  ])

  const out = join(folder, 'model')
  const got = await json<{ path: string; sha256: string }>(['get', run.id, 'model', '--out', out])
  expect(got).toMatchObject({ sha256: run.published?.sha256 })
  const archive = await aws.object(run.published?.artifactUri ?? '')
  expect(sha256(archive ?? Buffer.of())).toBe(got.sha256)
  const weights = await sha256OfFile(join(out, 'model.safetensors'))
  expect(weights).toBe(sha256OfMember(archive ?? Buffer.of(), 'model.safetensors'))

  const texts = ['A wonderful, moving film.', 'Dull, and far too long.']
  const answers = await json<{ label: string; score: number }[]>(['predict', 'reviews', ...texts])
  expect(answers.map(({ label }) => label)).toEqual(['positive', 'negative'])
  for (const { score } of answers) {
    expect(score).toBeGreaterThan(0.5)
    expect(score).toBeLessThanOrEqual(1)
  }
})

test('on shuffled labels the same pipeline scores like a coin, is rejected, and publishes nothing', async () => {
  const args = ['demo', '--shuffle-labels', '--no-interrupt', '--json']
  const { code, stdout, stderr } = await cli(args, demoDeadline)
  if (code !== 3) throw new Error(`exit code ${code}\n${stderr}\n${stdout}`)
  const rejected = JSON.parse(stdout) as RunStatus
  expect(rejected).toMatchObject({ state: 'rejected', published: null, error: null })
  expect(rejected.metrics['eval_accuracy']).toBeGreaterThanOrEqual(0.45)
  expect(rejected.metrics['eval_accuracy']).toBeLessThanOrEqual(0.55)
  expect(rejected.gate).toMatchObject({ passed: false })
  expect(rejected.gate?.reasons.join()).toContain('0.75')
  expect(rejected.training.attempts).toMatchObject([{ interruptions: 0, resumedFromStep: 0 }])
  expect(await aws.modelPackages('reviews')).toHaveLength(1)

  const runs = await json<RunSummary[]>(['ls'])
  expect(runs.map(({ id, state }) => [id, state])).toEqual([
    [rejected.id, 'rejected'],
    [run.id, 'completed'],
  ])
})

/** Counts, by Python's own reader, the rows of two datasets on S3 and the texts that both hold. */
function textsOf(train: string, test: string): { train: number; test: number; shared: number } {
  const script = [
    'import json, sys, boto3, tempfile, os',
    'from datasets import load_from_disk',
    's3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL_S3"])',
    'def load(uri):',
    '    bucket, prefix = uri[5:].split("/", 1)',
    '    folder = tempfile.mkdtemp(dir=sys.argv[1])',
    '    for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:',
    '        s3.download_file(bucket, item["Key"], os.path.join(folder, os.path.basename(item["Key"])))',
    '    return load_from_disk(folder)',
    'train, test = load(sys.argv[2]), load(sys.argv[3])',
    'shared = set(train["text"]) & set(test["text"])',
    'print(json.dumps({"train": len(train), "test": len(test), "shared": len(shared)}))',
  ].join('\n')
  const answer = execFileSync(env['HOLDFAST_PYTHON'] ?? '', ['-c', script, folder, train, test], {
    encoding: 'utf8',
    env: { ...process.env, ...env, HF_HUB_OFFLINE: '1' },
    timeout: 120_000,
  })
  return JSON.parse(answer) as { train: number; test: number; shared: number }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}

/** The hash of one file of a tar.gz, by the system's own tar. */
function sha256OfMember(archive: Buffer, name: string): string {
  const bytes = execFileSync('tar', ['-xzOf', '-', '--wildcards', `*${name}`], {
    input: archive,
    maxBuffer: 1e9,
    timeout: 120_000,
  })
  return sha256(bytes)
}
