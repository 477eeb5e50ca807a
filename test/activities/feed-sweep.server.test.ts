import { createServer } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'

import type { Dependencies } from '../../activities'
import { feedKilled } from '../../activities/feed-killed'
import { withProgressFed } from '../../activities/feed-progress'
import type { TrialFeed } from '../../activities/feed-trial'
import { openRun } from '../../activities/open-run'
import { sealSweep } from '../../activities/seal-sweep'
import { sealTrial } from '../../activities/seal-trial'
import type { JobSnapshot } from '../../src/job'
import type { RunSite } from '../../src/run-site'
import type { Attempt } from '../../src/run-state'
import { newSweepState } from '../../src/sweep/new-sweep-state'
import { pipelineWith } from '../../src/sweep/pipeline-with'
import type { ResolvedSweep } from '../../src/sweep/resolved-sweep'
import { summarizeTrial } from '../../src/sweep/summarize-trial'
import type { SweepState, TrialEnd } from '../../src/sweep/sweep-state'
import { startMlflow, type MlflowServer } from '../e2e/support/mlflow-server'
import { pipeline } from '../workflows/scripted-world'
import { sweepOf } from '../workflows/sweep-world'
import { driveTimeouts } from './driven-timeouts'
import { bucket, startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(300_000)
const timeouts = driveTimeouts()

let local: LocalAws
let mlflow: MlflowServer
beforeAll(async () => {
  ;[local, mlflow] = await Promise.all([startLocalAws(), startMlflow()])
})
afterAll(async () => {
  await mlflow?.stop()
  await local?.stop()
})

/** A server that hangs up on everybody, and how often it was asked. */
async function startDeaf() {
  let asked = 0
  const server = createTcpServer((socket) => {
    asked += 1
    socket.on('error', () => undefined).destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** What a worker has whose MLflow is there, or not; each job printed two steps. */
function worker({ url = mlflow.url }: { url?: string } = {}): Dependencies {
  const send = (command: {
    constructor: { name: string }
    input: { logStreamNamePrefix?: string; nextToken?: string }
  }) => {
    const { logStreamNamePrefix = '', nextToken } = command.input
    if (command.constructor.name === 'DescribeLogStreamsCommand')
      return Promise.resolve({ logStreams: [{ logStreamName: `${logStreamNamePrefix}algo-1-1` }] })
    const lines = ["{'loss': 0.5, 'step': 10}", "{'eval_accuracy': 0.75, 'step': 20}"]
    const events = lines.map((message, at) => ({ timestamp: 1_700_000_000_000 + at, message }))
    return Promise.resolve({ events: nextToken ? [] : events, nextForwardToken: 'end' })
  }
  const logs = Object.assign(new CloudWatchLogsClient({ region: 'us-east-1' }), { send })
  return { ...local.deps, logs, env: { ...local.deps.env, MLFLOW_TRACKING_URI: url } }
}

function aSweep(name: string, feeds: ResolvedSweep['pipeline']['feeds'] | null = null) {
  const shown = feeds ?? { mlflow: { trackingUri: 'env:MLFLOW_TRACKING_URI', experiment: name } }
  const storage = { ...pipeline.storage, bucket }
  return sweepOf({ name, pipeline: { ...pipeline, storage, feeds: shown } })
}

const open = (deps: Dependencies, sweep: ResolvedSweep): Promise<RunSite> =>
  openRun(deps, {
    ...{ runId: `${sweep.name}-1`, firstRunId: '0a1b2c3d-0000', pipeline: sweep.pipeline },
    ...{ folder: 'sweeps', needsChampion: false, sweep },
  })

const attempt = (number: number, changes: Partial<Attempt> = {}): Attempt => ({
  jobName: `job-${number}`,
  placement: { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
  ...{ status: 'Completed', secondaryStatus: 'Completed', interruptions: 1 },
  ...{ resumedFromStep: 0, stepsLost: 0, trainingSeconds: 60, billableSeconds: 20 },
  ...{ costUsd: 0.5, runner: 'scripted' },
  ...changes,
})

const ended = (number: number, changes: Partial<TrialEnd> = {}): TrialEnd => ({
  ...{ number, state: 'completed', score: 0.75, artifactUri: null, error: null },
  attempts: [attempt(number)],
  ...changes,
})

const training = (jobName: string): JobSnapshot => ({
  ...{ jobName, kind: 'training', interruptions: 0 },
  ...{ status: 'InProgress', secondaryStatus: 'Training' },
})

/** What a trial's own workflow hands to its activities. */
function trialOf(sweep: ResolvedSweep, sweepSite: RunSite, number: number) {
  const run = `${sweepSite.run}/trials/trial-000${number}`
  const site = { ...sweepSite, run, runId: `${sweepSite.runId}/trial-000${number}` }
  const hyperparameters = { learning_rate: number / 1000 }
  const feed: TrialFeed = {
    pipeline: pipelineWith(sweep.pipeline, hyperparameters),
    trial: { sweepId: sweepSite.runId, sweepRun: sweepSite.run, number },
    metric: sweep.metric.name,
  }
  return {
    look: (deps: Dependencies) =>
      withProgressFed(deps, {
        job: training(`job-${number}`),
        seen: undefined,
        feed: { ...feed, run, jobsBefore: [] },
      }),
    seal: (deps: Dependencies, end: TrialEnd) =>
      sealTrial(deps, { site, end, hyperparameters, feed }),
    summary: (end: TrialEnd) => summarizeTrial({ end, hyperparameters }),
  }
}

function stateOf(sweep: ResolvedSweep, changes: Partial<SweepState> = {}): SweepState {
  const counts = { started: 3, completed: 1, failed: 1, stopped: 1 }
  return { ...newSweepState(sweep), counts, billableSeconds: 60, ...changes }
}

test('a sweep is one run of MLflow from its beginning, with a run for each of its trials below', async () => {
  const deps = worker()
  const sweep = aSweep('lr')
  const site = await open(deps, sweep)
  const begun = await mlflow.runs('lr')
  expect(Object.values(begun)).toHaveLength(1)
  const { id: parent } = begun['lr-1-0a1b2c3d'] ?? {}
  expect(begun['lr-1-0a1b2c3d']).toMatchObject({
    status: 'RUNNING',
    params: {
      'sweep.method': 'random',
      'sweep.metric': 'eval_accuracy',
      'sweep.parameters.learning_rate': 'log-uniform from 1e-5 to 0.001',
    },
    tags: { 'holdfast.id': 'lr-1', 'holdfast.objective': 'maximize eval_accuracy' },
  })

  const [one, two, three] = [1, 2, 3].map((number) => trialOf(sweep, site, number))
  await one?.look(deps)
  expect((await mlflow.runs('lr'))['trial-0001']).toMatchObject({
    status: 'RUNNING',
    params: { learning_rate: '0.001', 'train.maxRun': '3600' },
    metrics: { loss: [10, 0.5], eval_accuracy: [20, 0.75] },
    tags: { 'mlflow.parentRunId': parent },
  })

  const best = ended(1)
  const error = { code: 'E_TRAINING_FAILED', message: 'ValueError: no' }
  // Each twice, as when a worker died before it could say that it had done so.
  for (let twice = 0; twice < 2; twice++) {
    await open(deps, sweep)
    await one?.seal(deps, best)
    await two?.seal(deps, ended(2, { state: 'failed', score: null, error }))
    await three?.seal(deps, ended(3, { state: 'stopped', score: null }))
  }
  const trials = await mlflow.runs('lr')
  expect(trials['trial-0001']).toMatchObject({
    status: 'FINISHED',
    metrics: { 'objective/eval_accuracy': [20, 0.75] },
    tags: {
      'mlflow.parentRunId': parent,
      'holdfast.id': 'lr-1/trial-0001',
      'holdfast.outcome': 'completed',
      'holdfast.attempts': '1',
      'holdfast.interruptions': '1',
      'holdfast.costUsd': '0.5000',
    },
  })
  expect(trials['trial-0002']).toMatchObject({
    status: 'FAILED',
    params: { learning_rate: '0.002' },
    tags: { 'mlflow.parentRunId': parent, 'holdfast.error': 'E_TRAINING_FAILED ValueError: no' },
  })
  expect(trials['trial-0003']).toMatchObject({
    status: 'KILLED',
    tags: { 'mlflow.parentRunId': parent },
  })

  const top = one ? [one.summary(best)] : []
  const state = stateOf(sweep, { top, bestRun: 'lr-1/best' })
  const fed = await sealSweep(deps, { site, sweep, state, outcome: 'completed' })
  expect(fed?.url).toMatch(new RegExp(`^${mlflow.url}/#/experiments/\\d+/runs/${parent}$`))
  const all = await mlflow.runs('lr')
  expect(Object.keys(all).sort()).toEqual([
    'lr-1-0a1b2c3d',
    'trial-0001',
    'trial-0002',
    'trial-0003',
  ])
  expect(all['lr-1-0a1b2c3d']).toMatchObject({
    status: 'FINISHED',
    params: { 'best/learning_rate': '0.001' },
    metrics: { 'best/eval_accuracy': [0, 0.75] },
    tags: {
      'holdfast.outcome': 'completed',
      'holdfast.bestTrial': 'trial-0001',
      'holdfast.bestRun': 'lr-1/best',
      'holdfast.trials': '3 started, 1 completed, 1 failed, 1 stopped',
    },
  })
  const listed = await fetch(`${mlflow.url}/api/2.0/mlflow/artifacts/list?run_id=${parent}`)
  const { files } = (await listed.json()) as { files: { path: string }[] }
  expect(files.map(({ path }) => path).sort()).toEqual(['leaderboard.ndjson', 'manifest.json'])
})

test('what MLflow did not hear while it was down costs no trial anything, and comes with the sweep’s end', async () => {
  const down = await startDeaf()
  const [up, deaf] = [worker(), worker({ url: down.url })]
  const sweep = aSweep('unheard')
  const site = await open(deaf, sweep)
  const [one, two, three] = [1, 2, 3].map((number) => trialOf(sweep, site, number))
  await one?.seal(deaf, ended(1))
  await down.stop()
  // Each asks once, and waits for nothing.
  expect(down.asked()).toBe(2)
  expect(await local.storage.read(`${site.run}/trials/trial-0001/trial.json`)).toBeTruthy()

  // The second is terminated, and leaves no record; the third began before the sweep was there.
  await two?.look(up)
  await three?.look(up)
  await three?.seal(up, ended(3, { state: 'stopped', score: null }))
  expect((await mlflow.runs('unheard'))['trial-0002']).toMatchObject({ status: 'RUNNING' })

  await sealSweep(up, { site, sweep, state: stateOf(sweep), outcome: 'stopped' })
  const all = await mlflow.runs('unheard')
  const { id: parent, status } = all['unheard-1-0a1b2c3d'] ?? {}
  expect(status).toBe('KILLED')
  expect(all['trial-0001']).toMatchObject({
    status: 'FINISHED',
    metrics: { loss: [10, 0.5], 'objective/eval_accuracy': [20, 0.75] },
  })
  expect(all['trial-0002']).toMatchObject({
    status: 'KILLED',
    tags: { 'holdfast.error': expect.stringContaining('E_TRIAL_LOST') as string },
  })
  expect(all['trial-0003']?.status).toBe('KILLED')
  for (const number of [1, 2, 3])
    expect(all[`trial-000${number}`]?.tags['mlflow.parentRunId']).toBe(parent)
})

test('a server that takes requests and never answers holds the end of a trial up for ten seconds', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = silent.address() as AddressInfo
    const sweep = aSweep('silent', { mlflow: { trackingUri: `http://127.0.0.1:${port}` } })
    const site = local.site('silent')
    const asked = new Promise((resolve) => silent.once('request', resolve))
    let isOver = false
    const sealing = trialOf(sweep, site, 1)
      .seal(worker(), ended(1))
      .finally(() => (isOver = true))
    await asked
    timeouts.pass(9_999)
    await sleep(50)
    expect(isOver).toBe(false)
    timeouts.pass(1)
    await sealing
    expect(await local.storage.read(`${site.run}/trials/trial-0001/trial.json`)).toBeTruthy()
  } finally {
    silent.closeAllConnections()
    await new Promise((resolve) => silent.close(resolve))
  }
})

test('a sweep that cannot be shown is sealed all the same, and says why it is not shown', async () => {
  const sweep = aSweep('refused', { mlflow: { trackingUri: 'env:NO_SUCH_VARIABLE' } })
  const deps = worker()
  const site = await open(deps, sweep)
  const state = stateOf(sweep, { counts: { started: 0, completed: 0, failed: 0, stopped: 0 } })
  const fed = await sealSweep(deps, { site, sweep, state, outcome: 'completed' })
  expect(fed).toMatchObject({ feed: 'mlflow', error: { code: 'E_SECRET_MISSING' } })
  expect(await local.storage.read(`${site.run}/manifest.json`)).toBeTruthy()
  // A workflow task of before sweeps were shown does not say how it ended: nothing is shown.
  expect(await sealSweep(deps, { site, sweep, state })).toBeNull()
})

test('with the stop of its job a run is shown as killed, and one that MLflow does not have is not made', async () => {
  const deps = worker()
  const { pipeline: shown } = aSweep('stopped')
  const [one, two] = ['one', 'two'].map((id) => ({
    ...{ run: local.site(id).run, pipeline: shown, jobsBefore: [] },
  }))
  await withProgressFed(deps, { job: training('job-1'), seen: undefined, feed: one })
  expect((await mlflow.runs('stopped'))['one-0a1b2c3d']?.status).toBe('RUNNING')
  for (const feed of [one, two]) if (feed) await feedKilled(deps, feed)
  const all = await mlflow.runs('stopped')
  expect(Object.keys(all)).toEqual(['one-0a1b2c3d'])
  expect(all['one-0a1b2c3d']?.status).toBe('KILLED')
})
