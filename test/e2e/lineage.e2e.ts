import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { DeleteObjectCommand } from '@aws-sdk/client-s3'

import type { ReproductionVerdict } from '../../src/client'
import { mlflowClient, runTag } from '../../src/feeds/mlflow-client'
import type { LineageComparison } from '../../src/lineage/compare'
import type { RunState } from '../../src/run-state'
import { startMlflow, type MlflowServer } from './support/mlflow-server'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor } from './support/wait-for'

jest.setTimeout(600_000)

interface MlflowRunRead {
  status: string
  params: Record<string, string>
  tags: Record<string, string>
  metrics: Record<string, [step: number, value: number][]>
  artifacts: string[]
  manifest: Record<string, unknown>
}

/** Reads an experiment with MLflow's own client. */
const readBack = `
import json, sys
import mlflow
from mlflow import MlflowClient
mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
experiment = client.get_experiment_by_name(sys.argv[2])
def files(run, at=None):
    for each in client.list_artifacts(run, at):
        yield from (files(run, each.path) if each.is_dir else [each.path])
runs = []
for run in client.search_runs([experiment.experiment_id]):
    id = run.info.run_id
    history = {key: [(m.step, m.value) for m in client.get_metric_history(id, key)] for key in run.data.metrics}
    manifest = json.loads(mlflow.artifacts.load_text(f"runs:/{id}/manifest.json"))
    runs.append({"status": run.info.status, "params": run.data.params, "tags": run.data.tags,
                 "metrics": history, "artifacts": list(files(id)), "manifest": manifest})
print(json.dumps(runs))
`

let quick: QuickPlatform
let mlflow: MlflowServer
/** Ids of two runs of one pipeline, the second with more steps and other data. */
let first: string
let second: string
/** What MLflow had of the second before its end. */
let live: MlflowSearched

interface MlflowSearched {
  info: { run_id: string; status: string }
  data: {
    params?: { key: string; value: string }[]
    tags?: { key: string; value: string }[]
    metrics?: { key: string; value: number; step: number }[]
  }
}

/** Undefined until MLflow has a metric of the run, and again when it has its end. */
async function liveRun(): Promise<MlflowSearched | undefined> {
  const { experiments = [] } = await mlflow.post('mlflow/experiments/search', { max_results: 100 })
  const known = experiments as { experiment_id: string; name: string }[]
  const experiment = known.find(({ name }) => name === 'lineage')
  if (!experiment) return undefined
  const { runs = [] } = await mlflow.post('mlflow/runs/search', {
    experiment_ids: [experiment.experiment_id],
  })
  const [run] = runs as MlflowSearched[]
  const { metrics = [], tags = [] } = run?.data ?? {}
  // What is sent at the end says first how the run ended.
  const isOver = tags.some(({ key }) => key === 'holdfast.outcome')
  return metrics.some(({ key }) => key === 'loss') && !isOver ? run : undefined
}

beforeAll(async () => {
  mlflow = await startMlflow()
  quick = await startQuickPlatform({
    env: { MLFLOW_TRACKING_URI: mlflow.url, OUR_WANDB_KEY: 'a-key-of-w-and-b' },
  })
  const run = async (changes: object, meanwhile?: () => Promise<void>) => {
    const handle = await quick.client.run(
      await quick.load({ name: 'lineage', stepSeconds: 0.01, steps: 4, ...changes }),
    )
    await meanwhile?.()
    expect(await handle.result()).toMatchObject({ state: 'completed' })
    return handle.id
  }
  first = await run({})
  // The first placement of the second run has no machine: it has two attempts.
  quick.scenario([{ jobs: '*-a1', when: { seconds: 0 }, do: 'capacityError' }])
  const mayGoOn = join(quick.folder, 'lineage-may-go-on')
  const changes = {
    steps: 8,
    stepSeconds: 0.05,
    // The metrics of the first steps are to be seen before the training has ended.
    holds: { 5: mayGoOn },
    saveSteps: 2,
    rows: 120,
    placements: [
      { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
      { instanceType: 'ml.g5.2xlarge', useSpotInstances: false },
    ],
    more: { feeds: { mlflow: {}, wandb: { entity: 'us', apiKey: 'env:OUR_WANDB_KEY' } } },
  }
  second = await run(changes, async () => {
    live = await waitFor(liveRun, { what: 'the curve of a training', deadline: 150 })
    writeFileSync(mayGoOn, '')
  })
})
afterAll(async () => {
  await quick?.stop()
  await mlflow?.stop()
})

const compare = async (a: string, b: string) => {
  const { code, stdout, stderr } = await quick.cli(['compare', a, b, '--json'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return JSON.parse(stdout) as LineageComparison
}
const pathsOf = (differences: { path: string }[]) => differences.map(({ path }) => path)

async function remove(uris: string[]) {
  for (const uri of uris) {
    const [Bucket = '', ...key] = uri.replace('s3://', '').split('/')
    await quick.aws.s3.send(new DeleteObjectCommand({ Bucket, Key: key.join('/') }))
  }
}

/** As the end of Temporal's retention does. */
async function forget(workflowId: string) {
  await quick.temporal.temporal.workflowService.deleteWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
  })
  await waitFor(
    async () => !(await quick.temporal.list(`WorkflowId = "${workflowId}"`)).includes(workflowId),
    { what: 'end of the retention of a run', deadline: 90 },
  )
}

test('compare names what was changed between two runs: config, data, and nothing of the code', async () => {
  const { config, data, code, metrics } = await compare(first, second)
  expect(config).toContainEqual({ path: 'train.hyperparameters.steps', a: 4, b: 8 })
  expect(pathsOf(config)).toEqual([
    'train.placements',
    'train.hyperparameters.steps',
    'train.hyperparameters.step_seconds',
    'train.hyperparameters.save_steps',
    'train.hyperparameters.holds',
    'feeds.mlflow.trackingUri',
    'feeds.wandb.entity',
    'feeds.wandb.apiKey',
  ])
  expect(pathsOf(data)).toEqual(
    expect.arrayContaining(['dataset', 'dataset.path (content)', 'source', 'rows.train']),
  )
  expect(code).toEqual([])
  expect(metrics).toContainEqual(
    expect.objectContaining({ metric: 'eval_accuracy', a: 1, b: 1, delta: 0 }),
  )
})

test('versions of a model, its champion and runs are compared alike, and in words', async () => {
  const runs = await compare(first, second)
  const versions = await compare('lineage@1', 'lineage')
  expect({ ...versions, a: null, b: null }).toEqual({ ...runs, a: null, b: null })
  expect(versions).toMatchObject({ a: { run: first }, b: { name: 'lineage@2', run: second } })

  const { stdout } = await quick.cli(['compare', 'lineage@1', '-'])
  expect(stdout).toMatch(/^lineage@1 → lineage-\w+\n\nCONFIG\n/)
  expect(stdout).toMatch(/\n {2}train\.hyperparameters\.steps +4 +→ +8\n/)
  expect(stdout).toContain('CODE the same')
})

test('MLflow has the run: its settings, its metrics over steps, its scores and its files', async () => {
  const { fed } = await quick.status(second)
  expect(fed).toMatchObject({ feed: 'mlflow', url: expect.stringContaining(mlflow.url) as string })

  const python = await promisify(execFile)(mlflow.python, ['-c', readBack, mlflow.url, 'lineage'], {
    env: { PATH: process.env['PATH'], HOME: quick.folder },
    timeout: 180_000,
  })
  const [run, ...more] = JSON.parse(python.stdout) as MlflowRunRead[]
  expect(more).toEqual([])
  expect(run).toMatchObject({
    status: 'FINISHED',
    params: { steps: '8', 'dataset.split.seed': '7' },
    tags: {
      'holdfast.id': second,
      'holdfast.outcome': 'completed',
      'holdfast.version': 'lineage@2',
      'holdfast.attempts': '2',
    },
    metrics: {
      loss: [
        [2, 0.5],
        [4, 0.25],
        [6, 1 / 6],
        [8, 0.125],
      ],
      'test/eval_accuracy': [[8, 1]],
    },
  })
  expect(run?.artifacts).toEqual(
    expect.arrayContaining(['manifest.json', 'metrics.json', 'model/manifest.json']),
  )
  expect(run?.manifest).toMatchObject({ kind: 'run', outcome: 'completed' })
})

test('MLflow had the curve before the run ended: the settings, and the metrics so far', () => {
  const { info, data } = live
  expect(info.status).toBe('RUNNING')
  expect(data.params).toContainEqual({ key: 'steps', value: '8' })
  const loss = data.metrics?.find(({ key }) => key === 'loss')
  expect(loss).toMatchObject({ value: 1 / (loss?.step ?? 0) })
})

test('what is sent to MLflow twice, or was trained again after an interruption, is there once', async () => {
  const client = mlflowClient({ url: mlflow.url })
  const send = async (...losses: [step: number, value: number][]) => {
    const run = await client.findOrCreateRun({
      ...{ experiment: 'twice', name: 'one', tag: runTag, startedAt: 1_000 },
    })
    const points = losses.map(([step, value]) => ({ metric: 'loss', step, value, timestamp: step }))
    await client.logMetrics(run, points)
    return run
  }
  const { runId } = await send([10, 0.6], [20, 0.5])
  await send([10, 0.6], [20, 0.5])
  expect((await send([20, 0.49], [30, 0.4])).runId).toBe(runId)
  const query = `run_id=${runId}&metric_key=loss`
  const history = await fetch(`${mlflow.url}/api/2.0/mlflow/metrics/get-history?${query}`)
  const { metrics } = (await history.json()) as { metrics: { step: number; value: number }[] }
  expect(metrics.map(({ step, value }) => [step, value])).toEqual([
    [10, 0.6],
    [20, 0.5],
    [30, 0.4],
  ])
})

test('every attempt of a run has the same run of W&B in its environment, and the key by reference only', async () => {
  const jobs = (await quick.aws.trainingJobs('lineage-')).filter((name) => name.endsWith('-a2'))
  const [last = ''] = jobs
  expect(jobs).toHaveLength(1)
  const environments = await Promise.all(
    [last.replace(/2$/, '1'), last].map(
      async (name) => (await quick.aws.trainingJob(name)).Environment,
    ),
  )
  expect(environments[0]).toMatchObject({
    WANDB_RUN_ID: expect.stringMatching(new RegExp(`^${second}-[0-9a-f]{8}$`)) as string,
    WANDB_RESUME: 'allow',
    WANDB_PROJECT: 'lineage',
    WANDB_ENTITY: 'us',
    WANDB_API_KEY: 'a-key-of-w-and-b',
  })
  expect(environments[1]).toEqual(environments[0])
  for (const uri of await quick.aws.objects())
    if (uri.endsWith('.json'))
      expect((await quick.aws.object(uri))?.toString()).not.toContain('a-key-of-w-and-b')
})

test('MLflow has a sweep with its trials below it, and a run that was terminated does not go on there', async () => {
  quick.scenario([])
  const more = { feeds: { mlflow: {} } }
  const long = { steps: 6_000, stepSeconds: 0.1, saveSteps: 10 }
  const terminated = await quick.client.run(await quick.load({ name: 'terminated', ...long, more }))
  const sweep = await quick.client.sweep.run(
    await quick.loadSweep({
      pipeline: { name: 'fed-sweep', steps: 8, stepSeconds: 0.05, more },
      // The second trial raises.
      parameters: { learning_rate: { values: [1e-3, 1e-4] }, fail_at_step: { values: [0, 3] } },
      more: { runCap: 3 },
    }),
  )
  const { fed, state } = await sweep.result()
  expect(state).toBe('completed')
  const shown = await mlflow.runs('fed-sweep')
  const parent = Object.values(shown).find(({ tags }) => tags['holdfast.id'] === sweep.id)
  expect(fed?.url).toContain(`/runs/${parent?.id}`)
  expect(parent).toMatchObject({
    status: 'FINISHED',
    tags: {
      'holdfast.bestTrial': 'trial-0003',
      'holdfast.bestRun': `${sweep.id}/best`,
      'holdfast.version': 'fed-sweep@1',
    },
  })
  const below = { 'mlflow.parentRunId': parent?.id }
  for (const [name, status] of [
    ['trial-0001', 'FINISHED'],
    ['trial-0002', 'FAILED'],
    ['trial-0003', 'FINISHED'],
  ] as const)
    expect(shown[name]).toMatchObject({ status, tags: below })
  const [, score] = shown['trial-0003']?.metrics['objective/eval_loss'] ?? []
  expect(parent?.metrics['best/eval_loss']).toEqual([0, score])
  // The sweep, its three trials, and the run of the best.
  expect(Object.keys(shown)).toHaveLength(5)

  const run = async () => Object.values(await mlflow.runs('terminated'))[0]
  await waitFor(async () => (await run())?.metrics['loss'] !== undefined, {
    what: 'a curve',
    deadline: 150,
  })
  expect(await run()).toMatchObject({ status: 'RUNNING' })
  await quick.temporal.temporal.workflow.getHandle(terminated.id).terminate('by hand')
  await waitFor(async () => (await run())?.status === 'KILLED', {
    what: 'the end of a terminated run in MLflow',
    deadline: 150,
  })
})

test('a feed that cannot be reached is a warning of a run that is completed', async () => {
  const handle = await quick.client.run(
    await quick.load({
      name: 'unfed',
      steps: 1,
      stepSeconds: 0.01,
      more: { feeds: { mlflow: { trackingUri: 'http://127.0.0.1:9' } } },
    }),
  )
  const status = await handle.result()
  expect(status).toMatchObject({
    state: 'completed',
    fed: { error: { code: 'E_FEED_UNREACHABLE' } },
  })
  expect((await quick.cli(['status', handle.id])).stdout).toContain('warning: mlflow: ')
})

test('a run that Temporal has forgotten is still found, by its id and by its place', async () => {
  const { memo } = await quick.temporal.temporal.workflow.getHandle(first).describe()
  const { prefix } = memo?.['holdfast'] as RunState
  await forget(first)
  for (const name of [first, prefix ?? ''])
    expect((await compare(name, second)).config).toContainEqual({
      path: 'train.hyperparameters.steps',
      a: 4,
      b: 8,
    })
})

test('a model is made again from its manifest alone: its run, its data file and all that Temporal knew are gone', async () => {
  const { artifact, inputs } = await quick.client.lineage('lineage@1')
  const record = (artifact?.uri ?? '').replace('model.tar.gz', 'manifest.json')
  const manifest = join(quick.folder, 'kept', 'manifest.json')
  mkdirSync(join(quick.folder, 'kept'))
  writeFileSync(manifest, (await quick.aws.object(record)) ?? '')
  rmSync(join(quick.folder, 'lineage'), { recursive: true })
  await forget(`${first}/training`)
  // What the run left is gone, and the artifact itself; its code is what the model is made from.
  const run = (inputs?.codeUri ?? '').replace(/\/source\/.*$/, '')
  const beside = (await quick.aws.objects()).filter((uri) => uri.startsWith(`${run}/`))
  const left = beside.filter((uri) => !uri.startsWith(`${run}/source/`))
  expect(left).toContain(`${run}/manifest.json`)
  await remove([...left, artifact?.uri ?? ''])
  expect(await quick.aws.object(`${run}/manifest.json`)).toBeUndefined()

  const { code, stdout, stderr } = await quick.cli(['reproduce', manifest, '--json'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const verdict = JSON.parse(stdout) as ReproductionVerdict & { run: string; warnings: string[] }
  expect(verdict.weights).toMatchObject({
    same: true,
    differing: [],
    weights: ['model.safetensors'],
  })
  expect(verdict.metrics).toContainEqual(
    expect.objectContaining({ metric: 'eval_accuracy', delta: 0 }),
  )
  expect(verdict.warnings.join()).not.toContain('earlier version')
  // The manifest of something else is not taken for a model's.
  const dataset = inputs?.dataset?.trainUri.replace(/train$/, 'manifest.json') ?? ''
  await expect(quick.client.lineage(dataset)).rejects.toMatchObject({ code: 'E_NOT_REPRODUCIBLE' })
  // It publishes nothing, and was made from the very same.
  expect(await quick.aws.modelPackages('lineage')).toHaveLength(2)
  expect(await quick.status(verdict.run)).toMatchObject({ state: 'completed', published: null })
  for (const original of [manifest, 'lineage@1']) {
    const { data, code: ofCode } = await compare(original, verdict.run)
    expect(data).toEqual([])
    expect(pathsOf(ofCode)).toEqual(['base model'])
  }
})

test('a model whose code and data were deleted cannot be made again: both are named, and nothing is started', async () => {
  const { inputs } = await quick.client.lineage('lineage@2')
  const { codeUri = '', dataset } = inputs ?? {}
  const objects = await quick.aws.objects()
  await remove([codeUri, ...objects.filter((uri) => uri.startsWith(`${dataset?.testUri}/`))])
  const before = await quick.temporal.list('WorkflowType = "pipeline"')
  const { code, stderr } = await quick.cli(['reproduce', 'lineage@2'])
  expect({ code, stderr }).toMatchObject({ code: 2 })
  for (const named of ['E_INGREDIENT_GONE', `code ${codeUri}`, `dataset ${dataset?.testUri}/`])
    expect(stderr.replace(/\s+/g, ' ')).toContain(named)
  expect(await quick.temporal.list('WorkflowType = "pipeline"')).toEqual(before)
})

test('what does not exist is refused by name', async () => {
  for (const [name, code] of [
    ['lineage@99', 'E_MODEL_NOT_FOUND'],
    ['lineage@x', 'E_MODEL_NOT_FOUND'],
    ['no-such-run', 'E_RUN_NOT_FOUND'],
    ['s3://no-such-bucket/runs/x', 'E_NOT_THERE'],
    ['./no-such/manifest.json', 'E_NOT_THERE'],
  ] as const) {
    const refused = await quick.cli(['compare', name, second])
    expect({ name, exit: refused.code }).toEqual({ name, exit: 2 })
    expect(refused.stderr).toContain(code)
  }
})
