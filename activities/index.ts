import type { RunSite } from '../src/run-site'
import { bringToRegion } from './bring-to-region'
import { createEndpoint, shiftTraffic, updateEndpoint } from './change-endpoint'
import { countDeaths } from './count-deaths'
import { createJob } from './create-job'
import { createRelease, createSharedConfig } from './create-release'
import type { Dependencies } from './dependencies'
import { endExpiredEndpoints } from './end-expired-endpoints'
import { feedRun } from './feed-run'
import { findEndedTrials } from './find-ended-trials'
import { findOrphans } from './find-orphans'
import { freezeEvaluation } from './freeze-evaluation'
import { freezeTraining } from './freeze-training'
import { freezeTransform } from './freeze-transform'
import { at } from './in-region'
import { lookAtJob } from './look-at-job'
import { lookAtVersion } from './look-at-version'
import { openRun } from './open-run'
import { openTransform } from './open-transform'
import { packInference } from './pack-inference'
import { pollEndpoint } from './poll-endpoint'
import { pollJob } from './poll-job'
import { preprocess } from './preprocess'
import { publish } from './publish'
import { readChampion } from './read-champion'
import { readCheckpointJournal } from './read-checkpoint-journal'
import { readEndpoint } from './read-endpoint'
import { readEvaluation } from './read-evaluation'
import { readLastPublished } from './read-last-published'
import { readLogTail } from './read-log-tail'
import { readObjective } from './read-objective'
import { readTransformed } from './read-transformed'
import { recordEndpoint } from './record-endpoint'
import { deleteEndpoint, removeConfigs } from './remove-served'
import { resolveRevision } from './resolve-revision'
import { returnFromRegion } from './return-from-region'
import { startScaling, stopScaling } from './scale-endpoint'
import { sealArtifact } from './seal-artifact'
import { sealRun } from './seal-run'
import { sealSweep } from './seal-sweep'
import { sealTrial } from './seal-trial'
import { stopJob } from './stop-job'
import { stopOrphans } from './stop-orphans'
import { makeTransformModel, removeTransformModel } from './transform-model'
import { upload } from './upload'
import { verifyInputs } from './verify-inputs'
import { withHeartbeat } from './with-heartbeat'

const control = {
  openRun,
  freezeTraining,
  freezeEvaluation,
  createJob,
  pollJob,
  lookAtJob,
  stopJob,
  readChampion,
  readCheckpointJournal,
  readEvaluation,
  readLastPublished,
  readLogTail,
  readObjective,
  sealRun,
  feedRun,
  sealTrial,
  sealSweep,
  findEndedTrials,
  findOrphans,
  stopOrphans,
  openTransform,
  freezeTransform,
  makeTransformModel,
  readTransformed,
  removeTransformModel,
}

/** Also of the control queue. */
const serving = {
  readEndpoint,
  createRelease,
  createSharedConfig,
  createEndpoint,
  updateEndpoint,
  shiftTraffic,
  pollEndpoint,
  lookAtVersion,
  recordEndpoint,
  deleteEndpoint,
  removeConfigs,
  startScaling,
  stopScaling,
  endExpiredEndpoints,
}

const heavy = {
  resolveRevision,
  preprocess,
  upload,
  sealArtifact,
  publish,
  verifyInputs,
  packInference,
  bringToRegion,
  returnFromRegion,
}

type Bound<Verbs> = {
  [Name in keyof Verbs]: Verbs[Name] extends (
    deps: Dependencies,
    input: infer Input,
  ) => infer Output
    ? (input: Input) => Output
    : never
}

export type ControlActivities = Bound<typeof control>
export type ServingActivities = Bound<typeof serving>
export type HeavyActivities = Bound<typeof heavy>

/**
 * Activities of the control queue: short calls to services. All beat, so that a dead worker is
 * noticed within seconds, but for the looks at a job: a poll's last beat is what `status` shows, and
 * the look after a wake-up is a local activity, which has none.
 */
export function controlActivities(deps: Dependencies): ControlActivities & ServingActivities {
  const { pollJob, lookAtJob, ...bound } = bind({ ...control, ...serving }, deps)
  const beating = Object.entries(bound).map(([name, verb]) => [
    name,
    (input: never) => withHeartbeat(() => (verb as (input: never) => Promise<unknown>)(input)),
  ])
  return { ...(Object.fromEntries(beating) as typeof bound), pollJob, lookAtJob }
}

/**
 * Activities of the heavy queue: work on bytes. Before a training is paid for, one that kills its workers
 * is given up; after that the run waits for somebody to help.
 */
export function heavyActivities(deps: Dependencies): HeavyActivities {
  const { resolveRevision, preprocess, upload, ...paid } = bind(heavy, deps)
  const counting =
    <Input, Output>(verb: (input: Input) => Promise<Output>) =>
    async (input: Input): Promise<Output> => {
      await countDeaths(deps)
      return verb(input)
    }
  return {
    ...paid,
    resolveRevision: counting(resolveRevision),
    preprocess: counting(preprocess),
    upload: counting(upload),
  }
}

function bind<Verbs extends object>(verbs: Verbs, deps: Dependencies): Bound<Verbs> {
  const bound = Object.entries(verbs).map(([name, verb]) => [
    name,
    (input: { site?: RunSite } | undefined) =>
      (verb as (deps: Dependencies, input: unknown) => unknown)(at(deps, input?.site), input),
  ])
  return Object.fromEntries(bound) as Bound<Verbs>
}

export type { Dependencies } from './dependencies'
