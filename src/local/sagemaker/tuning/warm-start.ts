/** A tuning job that starts from what others found. */

import { validation } from '../aws-error'
import { isObject, list, object, text, type Json } from '../json'
import { definitionsOf } from './definition'
import { findingsOf } from './progress'
import { isEnded, type Finding, type TuningRecord } from './tuning-job'

/** What the parents found; refused unless they exist, have ended, and fit the new job. */
export function inheritedFindings(options: {
  request: Json
  find: (name: string) => TuningRecord | undefined
}): Finding[] {
  const { request, find } = options
  const config = object(request, 'WarmStartConfig')
  if (!config) return []
  const names = list(config, 'ParentHyperParameterTuningJobs')
    .filter(isObject)
    .map((parent) => text(parent, 'HyperParameterTuningJobName') ?? '')
  return names.flatMap((name) => {
    const parent = find(name)
    if (!parent) throw validation(`The parent tuning job ${name} does not exist.`)
    if (!isEnded(parent)) throw validation(`The parent tuning job ${name} is ${parent.status}.`)
    checkFit({ request, parent, type: text(config, 'WarmStartType') ?? '' })
    return findingsOf(parent)
  })
}

/** API reference, WarmStartType: what a new job and its parents must have in common. */
function checkFit(options: { request: Json; parent: TuningRecord; type: string }): void {
  const { request, parent, type } = options
  const [ours, theirs] = [definitionsOf(request)[0], definitionsOf(parent.request)[0]]
  if (!ours || !theirs) return
  const count = ({ given, parameters }: typeof ours) =>
    Object.keys(object(given, 'StaticHyperParameters') ?? {}).length + parameters.length
  const isSame = (member: string) =>
    JSON.stringify(ours.given[member]) === JSON.stringify(theirs.given[member])
  const imageOf = ({ given }: typeof ours) =>
    text(object(given, 'AlgorithmSpecification') ?? {}, 'TrainingImage')
  const isIdentical = type === 'IdenticalDataAndAlgorithm'
  const faults = [
    ours.objective.metric !== theirs.objective.metric ||
    ours.objective.type !== theirs.objective.type
      ? 'the objective metric'
      : undefined,
    count(ours) !== count(theirs) ? 'the number of static and tuned hyperparameters' : undefined,
    isIdentical && !isSame('InputDataConfig') ? 'InputDataConfig' : undefined,
    isIdentical && imageOf(ours) !== imageOf(theirs) ? 'TrainingImage' : undefined,
  ].filter((fault) => fault !== undefined)
  if (faults.length === 0) return
  throw validation(
    `A warm start of type ${type} must not change ${faults.join(', ')} of ${parent.name}.`,
  )
}

/** Whether parents' trials count when the best of all is named. */
export function countsParents(request: Json): boolean {
  const config = object(request, 'WarmStartConfig') ?? {}
  return text(config, 'WarmStartType') === 'IdenticalDataAndAlgorithm'
}
