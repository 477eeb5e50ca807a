/** Whether a trial under way is to be stopped, by the rule that its tuning job asked for. */

import { object, text } from '../json'
import { configOf, definitionsOf, type Definition } from './definition'
import { hyperbandLimits, isBelowMedian, isCutByHyperband, type Curve } from './early-stopping'
import type { Trial, TuningRecord } from './tuning-job'

/** Only then are the values of the objective looked at while trials run. */
export function watchesCurves({ request }: Pick<TuningRecord, 'request'>): boolean {
  const config = configOf(request)
  return (
    text(config, 'Strategy') === 'Hyperband' ||
    text(config, 'TrainingJobEarlyStoppingType') === 'Auto'
  )
}

export function isToBeStopped(options: {
  record: TuningRecord
  trial: Trial
  /** Of the trials under way, by name. */
  curves: ReadonlyMap<string, Curve>
}): boolean {
  const { record, trial, curves } = options
  if (!watchesCurves(record)) return false
  const curve = curves.get(trial.name) ?? []
  const definition = definitionsOf(record.request)[trial.definition] as Definition
  const { objective, given } = definition
  const siblings = record.trials.filter(
    (other) => other.definition === trial.definition && other.name !== trial.name,
  )
  if (text(configOf(record.request), 'Strategy') !== 'Hyperband') {
    const ended = siblings.flatMap(({ end }) => (end ? [end.curve] : []))
    return isBelowMedian({ curve, others: ended, objective })
  }
  const statics = object(given, 'StaticHyperParameters') ?? {}
  const limits = hyperbandLimits({ request: record.request, statics })
  const others = siblings.map(({ name, end }) => end?.curve ?? curves.get(name) ?? [])
  return limits !== undefined && isCutByHyperband({ curve, others, objective, limits })
}
