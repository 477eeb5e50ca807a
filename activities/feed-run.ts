import { joinUri } from '../src/aws/s3-uri'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { CurvePoint } from '../src/feeds/training-curve'
import { trainingTags } from '../src/feeds/training-tags'
import type { RunSite } from '../src/run-site'
import type { FedRun, RunOutcome, RunState } from '../src/run-state'
import type { Dependencies } from './dependencies'
import { sendFiles } from './send-files'
import { shownInMlflow } from './shown-in-mlflow'
import { trainingCurveOf } from './training-curve-of'

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
  const shown = shownInMlflow({ deps, pipeline })
  if (!shown) return null
  const { mlflow } = shown
  const [startedAt, endedAt] = timesOf(state)
  const run = await shown.findOrCreate({ run: site.run, pipeline, startedAt })
  await mlflow.setTags(run, tagsOf(input))
  const curve = await trainingCurveOf(deps, state.training)
  await mlflow.logMetrics(run, [...curve, ...scoresOf({ state, curve, endedAt })])
  await mlflow.endRun(run, { status: statusOf(outcome), endedAt })
  // Last: a server may take no files.
  await sendFiles(deps, { mlflow, run, files: filesOf(input) })
  return { feed: 'mlflow', url: shown.pageOf(run) }
}

function tagsOf({ site, pipeline, state, outcome, made }: FeedInput) {
  const { attempts } = state.training
  return {
    ...trainingTags({ site, pipeline, attempts, outcome, error: state.error }),
    'holdfast.dataset': made.datasetUri,
    'holdfast.code': made.codeUri,
    'holdfast.gate': state.gate?.reasons.join('; ') || null,
    'holdfast.version':
      state.published && pipeline.publish
        ? `${pipeline.publish.model}@${state.published.version}`
        : null,
    'holdfast.sha256': state.artifact?.sha256,
    'mlflow.source.git.commit': made.commit,
  }
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

function filesOf({ site, state }: FeedInput): Record<string, string> {
  const home = state.published?.artifactUri.replace(/\/[^/]+$/, '')
  return {
    'manifest.json': joinUri(site.run, 'manifest.json'),
    'metrics.json': joinUri(site.run, 'evaluation', 'metrics.json'),
    ...(home !== undefined && {
      'model/manifest.json': joinUri(home, 'manifest.json'),
      'model/README.md': joinUri(home, 'README.md'),
    }),
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
