/** What is refused about a tuner: by the SDK when it is made, and by the service when it is sent. */

import { HoldfastError } from '../errors'
import type {
  HyperparameterTuner,
  MultiEstimatorTuner,
  TunedEstimator,
} from './hyperparameter-tuner'
import { tunedEstimators } from './hyperparameter-tuner'
import { maxTuningJobName } from './names-from-base'

type Tuner = HyperparameterTuner | MultiEstimatorTuner

/** @throws HoldfastError `E_TUNER` */
export function checkTuner(options: { tuner: Tuner; jobName: string; inputs?: unknown }): void {
  const { tuner, jobName } = options
  const estimators = tunedEstimators(tuner)
  if (estimators.length === 0) refuse('the tuner has no estimator', 'definitions')
  checkName(jobName)
  checkInputs(options)
  checkLimits(tuner)
  checkWarmStart(tuner)
  for (const { name, tuned } of estimators) {
    checkRanges({ tuner, tuned, at: name === undefined ? '' : `definitions.${name}.` })
  }
}

function refuse(what: string, where: string, hint?: string): never {
  throw new HoldfastError({ code: 'E_TUNER', what, where, hint })
}

function checkName(jobName: string): void {
  const legal = /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/.test(jobName)
  if (legal && jobName.length <= maxTuningJobName) return
  refuse(
    `${jobName} is no name of a tuning job`,
    'jobName',
    `letters, digits and inner hyphens, at most ${maxTuningJobName}`,
  )
}

function checkInputs(options: { tuner: Tuner; inputs?: unknown }): void {
  const { tuner, inputs } = options
  if (!('definitions' in tuner) || typeof inputs !== 'object' || inputs === null) return
  const stranger = Object.keys(inputs).find((name) => !(name in tuner.definitions))
  if (stranger === undefined) return
  refuse(`inputs of ${stranger}, which is none of the tuner's estimators`, 'inputs')
}

function checkLimits(tuner: Tuner): void {
  if (tuner.strategy !== 'Grid') return
  if (tuner.maxJobs === undefined) {
    refuse('a grid needs maxJobs', 'maxJobs', 'multiply the numbers of values of its parameters')
  }
  for (const { tuned } of tunedEstimators(tuner)) {
    const spans = Object.entries(tuned.hyperparameterRanges ?? {})
    const [name] = spans.find(([, range]) => range.type !== 'categorical') ?? []
    if (name !== undefined) {
      refuse(`a grid takes categorical parameters only, not ${name}`, 'hyperparameterRanges')
    }
  }
}

function checkWarmStart(tuner: Tuner): void {
  if (tuner.warmStartConfig?.parents.length !== 0) return
  refuse('a warm start needs at least one parent', 'warmStartConfig.parents')
}

function checkRanges(options: { tuner: Tuner; tuned: TunedEstimator; at: string }): void {
  const { tuner, tuned, at } = options
  const { hyperparameterRanges = {}, hyperparametersToKeepStatic: kept } = tuned
  // A definition read from elsewhere may lack what its type demands.
  if (!tuned.objectiveMetricName) refuse('there is no objective', `${at}objectiveMetricName`)
  if (Object.keys(hyperparameterRanges).length === 0 && !tuner.autotune) {
    refuse('there is nothing to tune', `${at}hyperparameterRanges`, 'add a range, or set autotune')
  }
  const empty = Object.entries(hyperparameterRanges).find(
    ([, range]) => range.type === 'categorical' && range.values.length === 0,
  )
  if (empty) refuse(`${empty[0]} has no values`, `${at}hyperparameterRanges.${empty[0]}`)
  if (kept === undefined) return
  if (!tuner.autotune) {
    refuse('only autotune keeps hyperparameters static', `${at}hyperparametersToKeepStatic`)
  }
  if (new Set(kept).size < kept.length) {
    refuse('a name is given twice', `${at}hyperparametersToKeepStatic`)
  }
}
