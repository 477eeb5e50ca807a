/** Which trials are stopped before they are through: the median rule, and Hyperband's rungs. */

import { number, object, text, type Json } from '../json'
import { configOf, type Objective } from './definition'

/** The values of the objective that a trial has printed, in order: one for each epoch. */
export type Curve = readonly number[]

/**
 * "Early stopping", SageMaker developer guide: a trial is stopped when the value of its present epoch is
 * worse than the median of the averages that the earlier trials had up to the same epoch.
 *
 * @example
 * isBelowMedian({ curve: [0.1], others: [[0.5], [0.6], [0.7]], objective }) // true when maximising
 */
export function isBelowMedian(options: {
  curve: Curve
  /** Of the trials that ended before. */
  others: readonly Curve[]
  objective: Objective
}): boolean {
  const { curve, others, objective } = options
  const value = curve.at(-1)
  const averages = others
    .filter((other) => other.length > 0)
    .map((other) => average(other.slice(0, curve.length)))
  if (value === undefined || averages.length === 0) return false
  return isWorse({ value, than: median(averages), objective })
}

export interface HyperbandLimits {
  /** Epochs. */
  min: number
  max: number
}

/** Of the trials that reach a rung, one in so many goes on (L. Li and others, "Hyperband", 2018). */
const reduction = 3

/**
 * Hyperband's successive halving, decided at once for each trial, with those that reached the rung so
 * far (L. Li and others, "A System for Massively Parallel Hyperparameter Tuning", 2020). A trial that
 * goes on beyond `max` is stopped too.
 */
export function isCutByHyperband(options: {
  curve: Curve
  /** Of all other trials, those under way included. */
  others: readonly Curve[]
  objective: Objective
  limits: HyperbandLimits
}): boolean {
  const { curve, limits } = options
  if (curve.length > limits.max) return true
  return rungs(limits).some((rung) => curve.length >= rung && !goesOn({ ...options, rung }))
}

function goesOn(options: {
  curve: Curve
  others: readonly Curve[]
  objective: Objective
  rung: number
}): boolean {
  const { curve, others, objective, rung } = options
  const value = curve[rung - 1] ?? 0
  const reached = others.flatMap((other) => other[rung - 1] ?? [])
  // Too few to be compared with.
  if (reached.length + 1 < reduction) return true
  const better = reached.filter((other) => isWorse({ value, than: other, objective })).length
  return better < Math.ceil((reached.length + 1) / reduction)
}

/** min, 3 min, 9 min and so on, below max. */
function rungs({ min, max }: HyperbandLimits): number[] {
  const found: number[] = []
  for (let rung = Math.max(1, min); rung < max; rung *= reduction) found.push(rung)
  return found
}

/** Static hyperparameters that say how many epochs there are (API reference, HyperbandStrategyConfig). */
const epochNames = ['epochs', 'numepochs', 'n-epochs', 'n_epochs', 'num_epochs']

/** Undefined when neither the configuration nor a hyperparameter says how many epochs there are. */
export function hyperbandLimits(options: {
  request: Json
  statics: Json
}): HyperbandLimits | undefined {
  const { request, statics } = options
  const strategy = object(configOf(request), 'StrategyConfig') ?? {}
  const given = object(strategy, 'HyperbandStrategyConfig') ?? {}
  const told = epochNames.flatMap((name) => text(statics, name) ?? [])
  const epochs = told.map((each) => Number(each.replaceAll('"', ''))).find((each) => each >= 1)
  const max = number(given, 'MaxResource') ?? epochs
  return max === undefined ? undefined : { min: number(given, 'MinResource') ?? 1, max }
}

function isWorse(options: { value: number; than: number; objective: Objective }): boolean {
  const { value, than, objective } = options
  return objective.type === 'Minimize' ? value > than : value < than
}

function average(values: Curve): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}
