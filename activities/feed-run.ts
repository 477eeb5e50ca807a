import { joinUri } from '../src/aws/s3-uri'
import { createStorage } from '../src/aws/storage'
import { jobLogReader, type LogLine } from '../src/client/job-logs'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { mlflowAccess } from '../src/feeds/mlflow-access'
import { mlflowClient, runTag, type MlflowRun } from '../src/feeds/mlflow-client'
import { feedRunName } from '../src/feeds/run-name'
import { runParams } from '../src/feeds/run-params'
import { signerOf } from '../src/feeds/sign-request'
import { trainingCurve, type CurvePoint } from '../src/feeds/training-curve'
import type { RunSite } from '../src/run-site'
import type { FedRun, RunOutcome, RunState } from '../src/run-state'
import { trainingReport } from '../src/training-report'
import { storageOf, type Dependencies } from './dependencies'
import { inRegion } from './in-region'

export interface FeedInput {
  site: RunSite
  pipeline: ResolvedPipeline
  state: RunState
  outcome: RunOutcome
  /** Content hash of the dataset, and place of the code. */
  made: { datasetUri: string | null; codeUri: string | null; commit: string | null }
}

/**
 * Shows a run that has ended in MLflow: what it was told, its metrics over steps, its scores, and its
 * manifest and evaluation as artifacts.
 */
export async function feedRun(deps: Dependencies, input: FeedInput): Promise<FedRun | null> {
  const { site, pipeline, state, outcome } = input
  const { mlflow: feed } = pipeline.feeds ?? {}
  if (!feed) return null
  const access = mlflowAccess({ feed, env: deps.env, signer: signerOf(deps.sagemaker) })
  const mlflow = mlflowClient(access)
  const [startedAt, endedAt] = timesOf(state)
  const run = await mlflow.findOrCreateRun({
    experiment: feed.experiment ?? pipeline.name,
    name: feedRunName(site.run),
    tag: runTag,
    startedAt,
  })
  await mlflow.logParams(run, runParams(pipeline))
  await mlflow.setTags(run, tagsOf(input))
  const curve = await curveOf({ deps, state })
  await mlflow.logMetrics(run, [...curve, ...scoresOf({ state, curve, endedAt })])
  await uploadFiles({ deps, input, mlflow, run })
  await mlflow.endRun(run, { status: statusOf(outcome), endedAt })
  return { feed: 'mlflow', url: pageOf({ server: access.name ?? access.url, run }) }
}

function tagsOf({ site, pipeline, state, outcome, made }: FeedInput): Record<string, string> {
  const { attempts } = state.training
  const { costUsd } = trainingReport(attempts)
  const known: Record<string, string | null | undefined> = {
    'holdfast.id': site.runId,
    'holdfast.pipeline': pipeline.name,
    'holdfast.outcome': outcome,
    'holdfast.prefix': site.run,
    'holdfast.dataset': made.datasetUri,
    'holdfast.code': made.codeUri,
    'holdfast.attempts': String(attempts.length),
    'holdfast.interruptions': String(
      attempts.reduce((total, { interruptions }) => total + interruptions, 0),
    ),
    'holdfast.costUsd': costUsd === null ? null : costUsd.toFixed(4),
    'holdfast.gate': state.gate?.reasons.join('; '),
    'holdfast.version':
      state.published && pipeline.publish
        ? `${pipeline.publish.model}@${state.published.version}`
        : null,
    'holdfast.sha256': state.artifact?.sha256,
    'holdfast.error': state.error && `${state.error.code} ${state.error.message}`,
    'mlflow.source.git.commit': made.commit,
    'mlflow.source.name': pipeline.train.entryPoint,
  }
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  )
}

/** All attempts in their order: the next goes on where the last one stopped. */
async function curveOf(options: { deps: Dependencies; state: RunState }): Promise<CurvePoint[]> {
  const { deps, state } = options
  const lines: LogLine[] = []
  for (const { jobName, placement, trainingSeconds, status } of state.training.attempts) {
    if (jobName === '' || (trainingSeconds === 0 && status !== 'Completed')) continue
    const { logs } = inRegion(deps, placement.region ?? deps.region)
    const reader = jobLogReader({ logs, kind: 'training', jobName })
    for (const line of await reader.read()) lines.push(line)
  }
  return trainingCurve(lines)
}

/** What the held-out rows gave; the model is that of the last step. */
function scoresOf(options: {
  state: RunState
  curve: readonly CurvePoint[]
  endedAt: number
}): CurvePoint[] {
  const { state, curve, endedAt: timestamp } = options
  const step = curve.reduce((last, point) => Math.max(last, point.step), 0)
  return Object.entries(state.metrics).map(([metric, value]) => ({
    metric: `test/${metric}`,
    step,
    value,
    timestamp,
  }))
}

async function uploadFiles(options: {
  deps: Dependencies
  input: FeedInput
  mlflow: ReturnType<typeof mlflowClient>
  run: MlflowRun
}): Promise<void> {
  const { deps, input, mlflow, run } = options
  const { site, state } = input
  const storage = await storageOf(deps)
  // A server that hands no artifacts on says where they lie in S3.
  const upload = run.artifactUri.startsWith('s3://')
    ? (name: string, bytes: Uint8Array) =>
        createStorage({ s3: deps.s3 }).write(joinUri(run.artifactUri, name), bytes)
    : (name: string, bytes: Uint8Array) => mlflow.uploadArtifact(run, name, bytes)
  const home = state.published?.artifactUri.replace(/\/[^/]+$/, '')
  const files: [string, string][] = [
    ['manifest.json', joinUri(site.run, 'manifest.json')],
    ['metrics.json', joinUri(site.run, 'evaluation', 'metrics.json')],
    ...(home === undefined
      ? []
      : ([
          ['model/manifest.json', joinUri(home, 'manifest.json')],
          ['model/README.md', joinUri(home, 'README.md')],
        ] as [string, string][])),
  ]
  for (const [name, uri] of files) {
    const bytes = await storage.readIfThere(uri)
    if (bytes !== null) await upload(name, bytes)
  }
}

/** Milliseconds since 1970. */
function timesOf(state: RunState): [number, number] {
  const times = state.stages.flatMap(({ startedAt, endedAt }) =>
    [startedAt, endedAt].flatMap((time) => (time === undefined ? [] : [Date.parse(time)])),
  )
  return [Math.min(...times), Math.max(...times)]
}

/** A model that the gate rejected was trained all the same: its tag tells of it. */
function statusOf(outcome: RunOutcome): 'FINISHED' | 'FAILED' | 'KILLED' {
  if (outcome === 'cancelled') return 'KILLED'
  return outcome === 'failed' ? 'FAILED' : 'FINISHED'
}

function pageOf({ server, run }: { server: string; run: MlflowRun }): string {
  return `${server.replace(/\/+$/, '')}/#/experiments/${run.experimentId}/runs/${run.runId}`
}
