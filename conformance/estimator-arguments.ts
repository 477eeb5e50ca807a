/** A case's estimator and inputs in our own terms. */

import { HoldfastError } from '../src/errors'
import type { TrainingInputs } from '../src/estimator/channels'
import type { HuggingFaceEstimator } from '../src/estimator/hugging-face-estimator'
import { trainingImageUri } from '../src/estimator/image-uri'
import { imageName, nameFromBase } from '../src/estimator/names-from-base'
import { pythonText } from '../src/estimator/python-json'
import { profilerConfigOf, rulesOf } from './debugger-arguments'
import { isObject, unmarked } from './exact-json'
import { clonedSource } from './git-source'
import type { Json, JsonObject, RecordedCase, World } from './kind'
import { argumentsOf, translated } from './translate'
import { roleArnOf } from './world'

/** The SDK's own rule for the name that `fit` gives a job. */
export function jobNameOf(options: {
  estimator: HuggingFaceEstimator
  given: Json | undefined
  world: World
  stamp?: string
}): string {
  const { estimator, given, world, stamp = world.stamp } = options
  if (typeof given === 'string') return given
  const base = estimator.baseJobName ?? imageName(trainingImageOf(estimator, world))
  return nameFromBase({ base, stamp })
}

export function trainingImageOf(estimator: HuggingFaceEstimator, world: World): string {
  const compiler = estimator.compilerConfig !== undefined
  return estimator.imageUri ?? trainingImageUri({ ...estimator, region: world.region, compiler })
}

/**
 * Arguments in camelCase. Hyperparameters and the parameters of a distribution keep their marked
 * floats; a repository of git is laid out as if cloned.
 */
export async function estimatorOf(options: {
  given: Json | undefined
  one: RecordedCase
  world: World
}): Promise<HuggingFaceEstimator> {
  const { given, one, world } = options
  const { hyperparameters, distribution, rules, role, gitConfig, tags, ...rest } = argumentsOf(
    renamed(given),
  )
  const { profilerConfig, debuggerHookConfig: hook, ...plain } = rest
  const estimator = {
    ...(unmarked(plain) as JsonObject),
    // `true` is the hook that there is without it.
    ...(hook !== undefined && hook !== true && { debuggerHookConfig: unmarked(hook) }),
    ...(profilerConfig !== undefined && {
      profilerConfig: profilerConfigOf(isObject(given) ? given['profiler_config'] : undefined),
    }),
    role: roleArnOf(typeof role === 'string' ? role : ''),
    ...(tags !== undefined && { tags: tagsOf(tags) }),
    ...(hyperparameters !== undefined && { hyperparameters }),
    ...(distribution !== undefined && { distribution: withGroupNames(distribution) }),
    ...(rules !== undefined && { rules: rulesOf(isObject(given) ? given['rules'] : undefined) }),
  } as unknown as HuggingFaceEstimator
  if (gitConfig === undefined) return estimator
  return clonedSource({ source: estimator, gitConfig, one, world })
}

/** Names of the SDK's first version, which the second still reads. */
function renamed(given: Json | undefined): JsonObject {
  if (!isObject(given)) return {}
  const entries = Object.entries(given).map(([key, value]) => [
    key === 'image_name' ? 'image_uri' : key.replace(/^train_(?=instance|max|use|volume)/, ''),
    value,
  ])
  return Object.fromEntries(entries) as JsonObject
}

/** A mapping of tags may have numbers, a list of them not. */
function tagsOf(given: Json): Json {
  if (!isObject(given)) return unmarked(given)
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      typeof value === 'number' ? pythonText(value) : value,
    ]),
  )
}

/** Channels; a name that is one of ours stays a name (`train`, `eval_data`). */
export function inputsOf(given: Json | undefined): TrainingInputs | undefined {
  if (given === undefined || given === null) return undefined
  for (const input of isObject(given) && !('$' in given) ? Object.values(given) : [given]) {
    if (typeof input === 'string' || isObject(input)) continue
    throw new HoldfastError({ code: 'E_CHANNEL_URI', what: 'an input is no text', where: 'inputs' })
  }
  return unmarked(translated(given)) as unknown as TrainingInputs
}

/** The SDK takes the groups as objects, we take their names. */
function withGroupNames(distribution: Json): Json {
  if (!isObject(distribution) || !Array.isArray(distribution['instance_groups'])) {
    return distribution
  }
  const names = distribution['instance_groups'].map((group) =>
    isObject(group) ? (group['instanceGroupName'] ?? null) : group,
  )
  return { ...distribution, instance_groups: names }
}
