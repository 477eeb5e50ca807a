import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'

import type {
  AppliedSchedule,
  EndpointSummary,
  ModelSummary,
  Night,
  ScheduleStatus,
  TransformState,
  Triggered,
} from '../../src/client'
import { makeDemoWorkspace } from '../../src/local/demo-workspace'
import { setUp } from '../../src/local/setup'
import type { Manifest } from '../../src/manifest'
import { bestRunId, type SweepStatus } from '../../src/sweep/sweep-state'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { startProgram, type CliResult } from './support/run-cli'
import { makeUsersProject } from './support/users-project'
import { waitFor } from './support/wait-for'

/** Seconds for one training and its evaluation; two idle cores take about half a minute. */
const runDeadline = 420
/** Seconds for six trainings, two at a time, and the evaluation of the best. */
const sweepDeadline = 1_500
jest.setTimeout((sweepDeadline + 120) * 1_000)

/** The demo's files, its model and its sentences; of its rows, so many. */
const rows = 400
const folder = join('.holdfast', 'demo')
const pipelineFile = join(folder, 'pipeline.yaml')
const sweepFile = join(folder, 'sweep.yaml')

interface Scored {
  rows: number
  metrics: Record<string, number>
}

let quick: QuickPlatform
let dataFile: string
/** What the program trained: the demo's own hyperparameters. */
let byProgram: string
let sweep: SweepStatus

beforeAll(async () => {
  const { modelDir, dataFile: original } = await setUp({
    parts: ['model', 'data'],
    onProgress: () => undefined,
  })
  // Two trainings share two cores: more threads would only wait for one another.
  quick = await startQuickPlatform({ env: { OMP_NUM_THREADS: '1' } })
  const dir = join(quick.folder, folder)
  const workspace = await makeDemoWorkspace({ dir, modelDir, dataFile: original })
  dataFile = workspace.dataFile
  for (const name of ['pipeline.yaml', 'sweep-pipeline.yaml']) makeSmall(join(dir, name))
})
afterAll(() => quick?.stop())

/** On so few rows the demo's own hyperparameters learn little; the gate lets that through. */
function makeSmall(file: string): void {
  const config = parse(readFileSync(file, 'utf8')) as {
    dataset: object
    train: { hyperparameters: object }
    evaluate: object
  }
  Object.assign(config.dataset, { maxTrainSamples: rows, maxEvalSamples: rows })
  Object.assign(config.train.hyperparameters, { save_steps: 100 })
  Object.assign(config.evaluate, { atLeast: 0.4 })
  writeFileSync(file, stringify(config))
}

/** A command whose stdout is one JSON value. */
async function json<T>(args: string[], timeout = 120): Promise<T> {
  const { code, stdout, stderr } = await quick.cli([...args, '--json'], { timeout })
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}\n${stdout}`)
  return JSON.parse(stdout) as T
}

async function print(args: string[]): Promise<string> {
  const { code, stdout, stderr }: CliResult = await quick.cli(args)
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}\n${stdout}`)
  return stdout
}

async function scoreOf(run: string): Promise<Scored> {
  const out = join(quick.folder, 'scores', run)
  const { path } = await json<{ path: string }>(['get', run, 'metrics', '--out', out])
  return JSON.parse(readFileSync(path, 'utf8')) as Scored
}

/** Fires the schedule of the demo by hand, and waits for the end of that night. */
async function fire(): Promise<Night> {
  const { outcome, workflow } = await json<Triggered>(['schedule', 'trigger', 'reviews'])
  expect(outcome).toBe('started')
  return waitFor(
    async () => {
      const { nights } = await json<ScheduleStatus>(['schedule', 'show', 'reviews'])
      return nights.find(({ id, outcome }) => id === workflow && outcome !== 'running')
    },
    { what: 'end of the night', deadline: runDeadline, every: 4 },
  )
}

/** The manifest of the dataset that a job was given. */
async function datasetOf(jobName: string): Promise<Manifest & { parts: Record<string, unknown> }> {
  const { InputDataConfig = [] } = await quick.aws.trainingJob(jobName)
  const test = InputDataConfig.find(({ ChannelName }) => ChannelName === 'test')
  const uri = test?.DataSource?.S3DataSource?.S3Uri ?? ''
  const manifest = await quick.aws.object(uri.replace(/\/test\/?$/, '/manifest.json'))
  return JSON.parse(String(manifest)) as Manifest & { parts: Record<string, unknown> }
}

test('a program of a user’s own trains the demo and publishes version 1', async () => {
  const project = join(quick.folder, 'project')
  const program = join(makeUsersProject({ folder: project, examples: ['client.ts'] }), 'client.js')
  const { code, stdout, stderr } = await startProgram([program, pipelineFile], {
    cwd: quick.folder,
    env: quick.platform.env,
    timeout: runDeadline,
  }).ended
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}\n${stdout}`)
  byProgram = /^started (reviews-\S{6})$/m.exec(stdout)?.[1] ?? ''
  expect(stdout).toMatch(/^ended: completed$/m)
  expect(stdout).toMatch(/^version 1: s3:\/\//m)
  const models = await json<ModelSummary[]>(['models'])
  expect(models).toMatchObject([{ model: 'reviews', version: 1, run: byProgram }])
})

test('a schedule skips a night on which nothing changed, says why, and trains on new rows', async () => {
  const apply = ['schedule', 'apply', '-f', pipelineFile]
  expect(await json<AppliedSchedule>(apply)).toMatchObject({ name: 'reviews', action: 'created' })
  expect(await print(apply)).toMatch(/^The schedule of reviews is unchanged\.$/m)

  const quiet = await fire()
  expect(quiet).toMatchObject({ outcome: 'skipped', run: null, version: null })
  const reason = `nothing changed since ${byProgram} published version 1`
  expect(quiet.reason).toContain(reason)
  expect(await print(['schedule', 'show', 'reviews'])).toContain(reason)
  expect(await quick.aws.modelPackages('reviews')).toHaveLength(1)
  expect(await quick.aws.trainingJobs('reviews-')).toHaveLength(1)

  const original = join(quick.folder, 'original.csv')
  copyFileSync(dataFile, original)
  appendFileSync(dataFile, 'A quiet marvel.,positive\nTwo hours that feel like four.,negative\n')
  const busy = await fire()
  expect(busy).toMatchObject({ outcome: 'completed', reason: 'data changed', version: 2 })
  expect(await quick.aws.modelPackages('reviews')).toHaveLength(2)
  expect(await quick.aws.trainingJobs('reviews-')).toHaveLength(2)

  const { counts, nights } = await json<ScheduleStatus>(['schedule', 'show', 'reviews'])
  expect(counts.fired).toBe(2)
  expect(nights.map(({ outcome }) => outcome)).toEqual(['completed', 'skipped'])
  copyFileSync(original, dataFile)
})

test('a sweep trains six trials, two at a time, and publishes the best of them', async () => {
  expect(await print(['sweep', 'plan', '-f', sweepFile])).toMatch(
    /^ +trials +6 in all, 2 at a time$/m,
  )
  sweep = await json<SweepStatus>(['sweep', 'run', '-f', sweepFile], sweepDeadline)
  expect(sweep).toMatchObject({
    state: 'completed',
    counts: { started: 6, completed: 6, failed: 0, stopped: 0 },
    bestRun: bestRunId(sweep.id),
    published: { version: 3 },
  })
  const scores = sweep.top.map(({ score }) => score ?? NaN)
  expect(scores).toHaveLength(6)
  expect(scores.filter(Number.isFinite)).toHaveLength(6)
  expect(scores[0]).toBe(Math.max(...scores))

  const jobs = await Promise.all(
    (await quick.aws.trainingJobs('reviews-search-')).map((name) => quick.aws.trainingJob(name)),
  )
  expect(jobs.map(({ TrainingJobStatus }) => TrainingJobStatus)).toEqual(Array(6).fill('Completed'))
  const times = jobs.map(({ CreationTime, TrainingEndTime }) => ({
    from: CreationTime?.getTime() ?? NaN,
    to: TrainingEndTime?.getTime() ?? NaN,
  }))
  expect(mostAtOnce(times)).toBe(2)

  const [latest] = await json<ModelSummary[]>(['models'])
  expect(latest).toMatchObject({ model: 'reviews', version: 3, run: bestRunId(sweep.id) })
})

test("its best model scores no less than the demo's default on the same held-out rows", async () => {
  const [ours, theirs] = [await scoreOf(byProgram), await scoreOf(bestRunId(sweep.id))]
  const [before, after] = [ours, theirs].map(({ metrics }) => metrics['eval_accuracy'] ?? NaN)
  console.info(
    `held-out accuracy: ${before} by default, ${after} by the best trial`,
    sweep.top.map(({ number, score, hyperparameters }) => ({ number, score, ...hyperparameters })),
  )
  expect(after).toBeGreaterThanOrEqual(before ?? NaN)
  expect([ours.rows, theirs.rows]).toEqual([rows, rows])

  // The same rows, byte for byte, and a dataset that differs in nothing but the validation rows.
  const [usual, searched] = await Promise.all(
    [byProgram, bestRunId(sweep.id)].map(async (run) => {
      const { training } = await quick.status(run)
      return datasetOf(training.attempts[0]?.jobName ?? '')
    }),
  )
  const heldOut = (manifest?: Manifest) =>
    manifest?.files.find(({ path }) => path === 'test/data-00000-of-00001.arrow')?.sha256
  expect(heldOut(searched)).toMatch(/^[0-9a-f]{64}$/)
  expect(heldOut(searched)).toBe(heldOut(usual))
  expect(searched?.parts).toEqual({ ...usual?.parts, 'dataset.split.validation': 0.1 })
})

test("the demo's deploy.yaml puts what was published behind an endpoint that answers", async () => {
  const deployed = await quick.cli(['deploy', join(folder, 'deploy.yaml'), '--yes'], {
    timeout: 240,
  })
  if (deployed.code !== 0) throw new Error(deployed.stderr)
  expect(deployed.stdout).toBe('reviews\n')
  expect(deployed.stderr).toContain('reviews serves reviews@3.')
  const [endpoint] = await json<EndpointSummary[]>(['endpoints'])
  expect(endpoint).toMatchObject({
    ...{ endpointName: 'reviews', status: 'InService', source: 'reviews@3' },
    previous: null,
  })
  expect((await quick.cli(['undeploy', 'reviews', '--yes'])).code).toBe(0)
})

test("the demo's transform.yaml has an answer for each sentence, in their order", async () => {
  const done = await quick.cli(['transform', join(folder, 'transform.yaml'), '--yes', '--json'], {
    timeout: 240,
  })
  if (done.code !== 0) throw new Error(done.stderr)
  const { outputUri, transformed } = JSON.parse(done.stdout) as TransformState
  expect(transformed).toMatchObject({ inputs: 1 })
  const bytes = await quick.aws.object(`${outputUri}/sentences.jsonl.out`)
  const lines = (bytes?.toString('utf8') ?? '').trimEnd().split('\n')
  expect(lines).toHaveLength(3)
  for (const line of lines)
    expect(line).toMatch(/^\[\{"label": ?"(negative|positive)", ?"score": ?[01]\.\d+\}\]$/)
})

test('the leaderboard can be read with no worker running', async () => {
  await quick.platform.kill('worker')
  const shown = await print(['sweep', 'show', sweep.id])
  const lines = shown.split('\n').map((line) => line.trim())
  const head = lines.findIndex((line) => line.startsWith('RANK'))
  const numbers = lines.slice(head + 1, head + 7).map((line) => Number(line.split(/\s+/)[1]))
  expect(numbers).toEqual(sweep.top.map(({ number }) => number))
  expect(shown).toMatch(/^ +published +version 3$/m)
})

/** Of intervals; one that ends where another begins is not beside it. */
function mostAtOnce(intervals: { from: number; to: number }[]): number {
  const changes = intervals.flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ])
  changes.sort((a, b) => a.at - b.at || a.by - b.by)
  let now = 0
  return Math.max(...changes.map(({ by }) => (now += by)))
}
