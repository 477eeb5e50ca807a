/** `HyperparameterTuner(...).fit(...)`, and `HyperparameterTuner.create(...)` with `estimators`. */

import type { TrainingInputs } from '../../src/estimator/channels'
import type { HuggingFaceEstimator } from '../../src/estimator/hugging-face-estimator'
import { tunedEstimators } from '../../src/estimator/hyperparameter-tuner'
import type {
  HyperparameterTuner,
  MultiEstimatorTuner,
} from '../../src/estimator/hyperparameter-tuner'
import { imageName, maxTuningJobName, nameFromBase } from '../../src/estimator/names-from-base'
import type { ParameterRange } from '../../src/estimator/parameter-ranges'
import { tuningCalls } from '../../src/estimator/tuning-calls'
import { estimatorOf, inputsOf, jobNameOf, trainingImageOf } from '../estimator-arguments'
import { isObject, unmarked } from '../exact-json'
import type { CallsOf, Json, JsonObject, RecordedCase, World } from '../kind'
import { argumentsOf, classOf, namedArguments } from '../translate'
import { sessionOf } from '../world'

type Tuner = HyperparameterTuner | MultiEstimatorTuner

export const callsOf: CallsOf = async ({ one, world }) => {
  const fit = isObject(one['fit']) ? one['fit'] : {}
  const estimators = estimatorsOf(one)
  const tuner = estimators
    ? await multiTunerOf({ one, world, estimators })
    : await tunerOf({ one, world })
  const given = fit['job_name']
  return tuningCalls({
    tuner,
    jobName: typeof given === 'string' ? given : tuningName(tuner, world),
    estimatorJobName: estimatorNames({ tuner, given, world }),
    inputs: inputsByDefinition(fit['inputs'] ?? one['inputs'], tuner),
    session: sessionOf(world),
  })
}

/** Of several: beside the tuner, or among its arguments as `create` takes them. */
function estimatorsOf(one: RecordedCase): JsonObject | undefined {
  const tuner = objectAt(one, 'tuner')
  const places = [one['estimators'], one['estimator_dict'], tuner['estimators']]
  return [...places, tuner['estimator_dict']].find(isObject)
}

async function tunerOf(options: { one: RecordedCase; world: World }): Promise<HyperparameterTuner> {
  const { one, world } = options
  const tuner = objectAt(one, 'tuner')
  const given = one['override_resource_config']
  const override = isObject(given) ? given['instance_configs'] : given
  return {
    ...(settingsOf(tuner) as unknown as HyperparameterTuner),
    estimator: await estimatorOf({ given: one['estimator'], one, world }),
    ...rangesAt(tuner['hyperparameter_ranges']),
    ...(Array.isArray(override) && { instanceConfigs: instanceConfigsOf(override) as never }),
  }
}

/** The SDK takes a dictionary of each argument; we take a tuned estimator under each name. */
async function multiTunerOf(options: {
  one: RecordedCase
  world: World
  estimators: JsonObject
}): Promise<MultiEstimatorTuner> {
  const { one, world, estimators } = options
  const tuner = objectAt(one, 'tuner')
  const of = (key: string, name: string): Json | undefined => objectAt(tuner, key)[name]
  const override = objectAt(one, 'override_resource_config')
  const definitions: Record<string, HyperparameterTuner> = {}
  for (const [name, given] of Object.entries(estimators)) {
    const folder = { ...one, name: `${one.name}-${name}` }
    const configs = override[name]
    definitions[name] = {
      estimator: await estimatorOf({ given, one: folder, world }),
      objectiveMetricName: of('objective_metric_name_dict', name) as string,
      ...rangesAt(of('hyperparameter_ranges_dict', name)),
      ...present('metricDefinitions', of('metric_definitions_dict', name)),
      ...present('hyperparametersToKeepStatic', of('hyperparameters_to_keep_static_dict', name)),
      ...(Array.isArray(configs) && { instanceConfigs: instanceConfigsOf(configs) as never }),
    }
  }
  return { ...(settingsOf(tuner) as object), definitions }
}

function settingsOf(tuner: JsonObject): JsonObject {
  const { warmStartConfig, ...rest } = argumentsOf(tuner)
  const own = Object.entries(rest).filter(
    ([key]) => !['hyperparameterRanges', 'estimators'].includes(key) && !key.endsWith('Dict'),
  )
  return {
    ...(unmarked(Object.fromEntries(own)) as JsonObject),
    ...(isObject(warmStartConfig) && { warmStartConfig: warmStartOf(warmStartConfig) }),
  }
}

/** The SDK's enumeration goes by its name or by its value. */
function warmStartOf(config: JsonObject): JsonObject {
  const given = config['warmStartType']
  const type = typeof given === 'string' ? given.replace(/^WarmStartTypes\./, '') : ''
  const byName: Record<string, string> = {
    IDENTICAL_DATA_AND_ALGORITHM: 'IdenticalDataAndAlgorithm',
    TRANSFER_LEARNING: 'TransferLearning',
  }
  return { ...config, warmStartType: byName[type] ?? type }
}

function rangesAt(given: Json | undefined) {
  if (!isObject(given)) return {}
  const ranges = Object.entries(given).map(([name, range]) => [name, rangeOf(range)])
  return { hyperparameterRanges: Object.fromEntries(ranges) as Record<string, ParameterRange> }
}

function rangeOf(given: Json): ParameterRange {
  const { min_value, max_value, scaling_type, values } = isObject(given)
    ? namedArguments(given)
    : {}
  if (classOf(given) === 'CategoricalParameter') {
    const list = Array.isArray(values) ? values : [values ?? null]
    return { type: 'categorical', values: list as (string | number)[] }
  }
  return {
    type: classOf(given) === 'IntegerParameter' ? 'integer' : 'continuous',
    minValue: min_value as number,
    maxValue: max_value as number,
    ...(typeof scaling_type === 'string' && { scalingType: scaling_type as 'Auto' }),
  }
}

function instanceConfigsOf(given: Json[]): Json {
  return unmarked(given.map((one) => argumentsOf(isObject(one) ? namedArguments(one) : one)))
}

/** Two estimators get their names one after the other, and so not the same millisecond. */
function estimatorNames(options: { tuner: Tuner; given: Json | undefined; world: World }) {
  const { tuner, given, world } = options
  const named = tunedEstimators(tuner).map(({ name, tuned }, at) => {
    const stamp = world.stamp.replace(/\d{3}$/, (digits) => String(Number(digits) + at))
    return [name ?? '', jobNameOf({ estimator: tuned.estimator, given, world, stamp })] as const
  })
  return 'definitions' in tuner ? Object.fromEntries(named) : (named[0]?.[1] ?? '')
}

function tuningName(tuner: Tuner, world: World): string {
  const first = tunedEstimators(tuner)[0]?.tuned.estimator as HuggingFaceEstimator
  const base = tuner.baseTuningJobName ?? imageName(trainingImageOf(first, world))
  return nameFromBase({ base, stamp: world.shortStamp, longest: maxTuningJobName })
}

function inputsByDefinition(given: Json | undefined, tuner: Tuner) {
  if (!('definitions' in tuner) || !isObject(given)) return inputsOf(given)
  return Object.fromEntries(
    Object.entries(given).map(([name, inputs]) => [name, inputsOf(inputs) as TrainingInputs]),
  )
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key]
  return isObject(value) ? value : {}
}

function present(key: string, value: Json | undefined): JsonObject {
  return value === undefined || value === null ? {} : { [key]: value }
}
