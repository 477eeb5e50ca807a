import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { mlflowAccess } from '../src/feeds/mlflow-access'
import { mlflowClient, runTag, type MlflowRun } from '../src/feeds/mlflow-client'
import { feedRunName } from '../src/feeds/run-name'
import { runParams } from '../src/feeds/run-params'
import type { ShownTrial } from '../src/feeds/shown-trial'
import { signerOf } from '../src/feeds/sign-request'
import { trialName } from '../src/sweep/sweep-state'
import type { Dependencies } from './dependencies'

/** A trial has it, with its sweep's name there; the sweep itself has not. */
export const sweepTag = 'holdfast.sweep'
/** By which MLflow shows one run below another. */
export const parentTag = 'mlflow.parentRunId'

/** A run, or a trial, that is shown elsewhere. */
export interface Shown {
  /** Prefix of the run's site: by it the run is known there. */
  run: string
  pipeline: ResolvedPipeline
  /** Absent: it is no trial. */
  trial?: ShownTrial
}

/** Runs of MLflow that sweeps have, by server, experiment and name: 500 trials ask once. */
const parents = new Map<string, string>()

/** What `feeds.mlflow` of a pipeline stands for. `signal` ends what is under way. */
export function shownInMlflow(options: {
  deps: Dependencies
  pipeline: ResolvedPipeline
  signal?: AbortSignal
}) {
  const { deps, pipeline, signal } = options
  const feed = pipeline.feeds?.mlflow
  if (!feed) return null
  const access = mlflowAccess({ feed, env: deps.env, signer: signerOf(deps.sagemaker) })
  const mlflow = mlflowClient({ ...access, ...(signal && { signal }) })
  const experiment = feed.experiment ?? pipeline.name
  const server = (access.name ?? access.url).replace(/\/+$/, '')

  /** Undefined while nobody has made it: it comes with the sweep's end then. */
  async function parentOf({ sweepRun }: ShownTrial): Promise<string | undefined> {
    const name = feedRunName(sweepRun)
    const key = `${server} ${experiment} ${name}`
    const known =
      parents.get(key) ?? (await mlflow.findRun({ experiment, name, tag: runTag }))?.runId
    if (known !== undefined) parents.set(key, known)
    return known
  }

  const tagsOf = async (trial: ShownTrial) => ({
    [sweepTag]: feedRunName(trial.sweepRun),
    [parentTag]: await parentOf(trial),
  })

  return {
    mlflow,
    experiment,
    tagsOf,

    find: ({ run }: Pick<Shown, 'run'>) =>
      mlflow.findRun({ experiment, name: feedRunName(run), tag: runTag }),

    /** With what it was told: its settings, the hyperparameters among them. */
    async findOrCreate({
      run,
      trial,
      startedAt,
    }: Shown & { startedAt: number }): Promise<MlflowRun> {
      const found = await mlflow.findOrCreateRun({
        ...{ experiment, name: feedRunName(run), tag: runTag, startedAt },
        ...(trial && { title: trialName(trial.number), tags: () => tagsOf(trial) }),
      })
      await mlflow.logParams(found, runParams(pipeline))
      return found
    },

    pageOf: ({ experimentId, runId }: MlflowRun) =>
      `${server}/#/experiments/${experimentId}/runs/${runId}`,
  }
}
