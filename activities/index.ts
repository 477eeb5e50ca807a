import { createJob } from './create-job'
import type { Dependencies } from './dependencies'
import { freezeEvaluation } from './freeze-evaluation'
import { freezeTraining } from './freeze-training'
import { openRun } from './open-run'
import { pollJob } from './poll-job'
import { preprocess } from './preprocess'
import { publish } from './publish'
import { readCheckpointJournal } from './read-checkpoint-journal'
import { readEvaluation } from './read-evaluation'
import { readLogTail } from './read-log-tail'
import { sealArtifact } from './seal-artifact'
import { sealRun } from './seal-run'
import { stopJob } from './stop-job'
import { upload } from './upload'

const control = {
  openRun,
  freezeTraining,
  freezeEvaluation,
  createJob,
  pollJob,
  stopJob,
  readCheckpointJournal,
  readEvaluation,
  readLogTail,
  sealRun,
}

const heavy = { preprocess, upload, sealArtifact, publish }

type Bound<Verbs> = {
  [Name in keyof Verbs]: Verbs[Name] extends (
    deps: Dependencies,
    input: infer Input,
  ) => infer Output
    ? (input: Input) => Output
    : never
}

export type ControlActivities = Bound<typeof control>
export type HeavyActivities = Bound<typeof heavy>

/** Activities of the control queue: short calls to services. */
export function controlActivities(deps: Dependencies): ControlActivities {
  return bind(control, deps)
}

/** Activities of the heavy queue: work on bytes. */
export function heavyActivities(deps: Dependencies): HeavyActivities {
  return bind(heavy, deps)
}

function bind<Verbs extends object>(verbs: Verbs, deps: Dependencies): Bound<Verbs> {
  const bound = Object.entries(verbs).map(([name, verb]) => [
    name,
    (input: unknown) => (verb as (deps: Dependencies, input: unknown) => unknown)(deps, input),
  ])
  return Object.fromEntries(bound) as Bound<Verbs>
}

export type { Dependencies } from './dependencies'
