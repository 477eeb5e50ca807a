import { joinUri } from '../src/aws/s3-uri'
import { chunks } from '../src/chunks'
import { HoldfastError } from '../src/errors'
import { runTag, type MlflowClient, type MlflowRun } from '../src/feeds/mlflow-client'
import { feedRunName } from '../src/feeds/run-name'
import { runParams } from '../src/feeds/run-params'
import type { RunSite } from '../src/run-site'
import { describeSpace } from '../src/sweep/describe-space'
import { pipelineWith } from '../src/sweep/pipeline-with'
import type { ResolvedSweep } from '../src/sweep/resolved-sweep'
import { numbersOf, trialName, type SweepOutcome, type SweepState } from '../src/sweep/sweep-state'
import { storageOf, type Dependencies } from './dependencies'
import { feedTrial } from './feed-trial'
import { readTrialRecord } from './seal-trial'
import { sendFiles } from './send-files'
import { parentTag, shownInMlflow, sweepTag } from './shown-in-mlflow'

export interface SweepFeed {
  site: RunSite
  sweep: ResolvedSweep
  signal: AbortSignal
}

export interface SweepEnd {
  state: SweepState
  outcome: Exclude<SweepOutcome, 'running'>
}

/** Trials at a time. */
const atOnce = 4

/**
 * Shows a sweep in MLflow: one run with what is sought, below which each trial has one of its own. At
 * its end also how it ended and which trial is the best, its leaderboard as an artifact, and what could
 * not be shown of trials when they ended. Returns its page; null without `feeds.mlflow`.
 */
export async function feedSweep(
  deps: Dependencies,
  options: SweepFeed & { ended?: SweepEnd },
): Promise<string | null> {
  const { site, sweep, signal, ended } = options
  const shown = shownInMlflow({ deps, pipeline: sweep.pipeline, signal })
  if (!shown) return null
  const { mlflow, experiment } = shown
  const name = feedRunName(site.run)
  const parent = await mlflow.findOrCreateRun({
    ...{ experiment, name, tag: runTag, startedAt: Date.now() },
    tags: () => Promise.resolve(tagsOf(options)),
  })
  await mlflow.logParams(parent, paramsOf(sweep))
  if (!ended) return shown.pageOf(parent)

  await mlflow.setTags(parent, { ...tagsOf(options), ...tagsOfEnd({ sweep, ...ended }) })
  await tellBest({ mlflow, parent, sweep, state: ended.state })
  await mlflow.endRun(parent, { status: statuses[ended.outcome], endedAt: Date.now() })
  await mendTrials(deps, { ...options, mlflow, parent, state: ended.state })
  const files = {
    'leaderboard.ndjson': joinUri(site.run, 'leaderboard.ndjson'),
    'manifest.json': joinUri(site.run, 'manifest.json'),
  }
  await sendFiles(deps, { mlflow, run: parent, files, signal })
  return shown.pageOf(parent)
}

const statuses = {
  completed: 'FINISHED',
  rejected: 'FINISHED',
  failed: 'FAILED',
  stopped: 'KILLED',
} as const

function tagsOf({ site, sweep }: SweepFeed) {
  return {
    'holdfast.id': site.runId,
    'holdfast.pipeline': sweep.pipeline.name,
    'holdfast.prefix': site.run,
    'holdfast.objective': `${sweep.metric.goal} ${sweep.metric.name}`,
  }
}

/** How it searches, and where. */
function paramsOf({ name, method, seed, metric, parameters }: ResolvedSweep) {
  const space = describeSpace(parameters).map((each) => [
    `sweep.parameters.${each.name}`,
    each.text,
  ])
  return {
    'sweep.name': name,
    'sweep.method': method,
    'sweep.seed': String(seed),
    'sweep.metric': metric.name,
    'sweep.goal': metric.goal,
    ...(Object.fromEntries(space) as Record<string, string>),
  }
}

function tagsOfEnd({ sweep, state, outcome }: SweepEnd & { sweep: ResolvedSweep }) {
  const { counts, top, bestRun, published, error, billableSeconds } = state
  const { publish } = sweep.pipeline
  return {
    'holdfast.outcome': outcome,
    'holdfast.trials': `${counts.started} started, ${counts.completed} completed, ${counts.failed} failed, ${counts.stopped} stopped`,
    'holdfast.bestTrial': top[0] && trialName(top[0].number),
    'holdfast.bestRun': bestRun,
    'holdfast.version': published && publish && `${publish.model}@${published.version}`,
    'holdfast.billableSeconds': String(billableSeconds),
    'holdfast.error': error && `${error.code} ${error.message}`,
  }
}

/** The score and the hyperparameters of the best, beside the sweep, where people look first. */
async function tellBest(options: {
  mlflow: MlflowClient
  parent: MlflowRun
  sweep: ResolvedSweep
  state: SweepState
}): Promise<void> {
  const { mlflow, parent, sweep, state } = options
  const [best] = state.top
  if (!best) return
  const { score: value, hyperparameters } = best
  const own = Object.keys(hyperparameters)
  const params = Object.entries(runParams(pipelineWith(sweep.pipeline, hyperparameters)))
    .filter(([path]) => own.some((name) => path === name || path.startsWith(`${name}.`)))
    .map(([path, text]) => [`best/${path}`, text] as const)
  await mlflow.logParams(parent, Object.fromEntries(params))
  if (value === null) return
  const metric = `best/${sweep.metric.name}`
  await mlflow.logMetrics(parent, [{ metric, step: 0, value, timestamp: Date.now() }])
}

/**
 * What could not be shown of a trial when it ended is shown now; one that was terminated is ended. One
 * that MLflow refuses keeps no other one back.
 */
async function mendTrials(
  deps: Dependencies,
  options: SweepFeed & {
    mlflow: MlflowClient
    parent: MlflowRun
    state: SweepState
  },
): Promise<void> {
  const { site, mlflow, parent, state, signal } = options
  const { experimentId } = parent
  const value = feedRunName(site.run)
  const there = await mlflow.findRuns({ experimentId, tag: sweepTag, value })
  const byName = new Map(there.map((run) => [run.tags.get(runTag), run]))
  const failures: unknown[] = []
  for (const some of chunks(numbersOf(state), atOnce)) {
    signal.throwIfAborted()
    const mended = await Promise.allSettled(
      some.map((number) => {
        const run = joinUri(site.run, 'trials', trialName(number))
        const found = byName.get(feedRunName(run))
        // A signal of its own: clients leave their listeners on it.
        const own = AbortSignal.any([signal])
        return mendTrial(deps, { ...options, signal: own, number, run, found })
      }),
    )
    for (const each of mended) if (each.status === 'rejected') failures.push(each.reason)
    if (failures.some(isUnreachable)) break
  }
  if (failures.length > 0) throw failures[0]
}

function isUnreachable(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'E_FEED_UNREACHABLE'
}

async function mendTrial(
  deps: Dependencies,
  options: Parameters<typeof mendTrials>[1] & {
    number: number
    /** Prefix of the trial. */
    run: string
    found: MlflowRun | undefined
  },
): Promise<void> {
  const { site, sweep, mlflow, parent, number, run, found, signal } = options
  const isWhole = found && !found.isRunning && found.tags.has('holdfast.outcome')
  if (!isWhole) {
    const record = await readTrialRecord(await storageOf(deps, signal), run)
    if (record !== null) {
      const { end, hyperparameters } = record
      await feedTrial(deps, {
        site: { ...site, run, runId: `${site.runId}/${trialName(number)}` },
        pipeline: pipelineWith(sweep.pipeline, hyperparameters),
        trial: { sweepId: site.runId, sweepRun: site.run, number },
        ...{ metric: sweep.metric.name, end, signal },
      })
    } else if (found) {
      await mlflow.setTags(found, {
        'holdfast.outcome': 'failed',
        'holdfast.error': 'E_TRIAL_LOST it was ended from outside',
      })
      await mlflow.endRun(found, { status: 'KILLED', endedAt: Date.now() })
    }
  }
  if (found && found.tags.get(parentTag) !== parent.runId)
    await mlflow.setTags(found, { [parentTag]: parent.runId })
}
