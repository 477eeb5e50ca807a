/**
 * The Bayesian strategy: a few evenly spread points first, then those from which a model of the
 * results so far expects the greatest improvement (D. R. Jones, M. Schonlau and W. J. Welch, "Efficient
 * Global Optimization of Expensive Black-Box Functions", 1998). The service's own model is not public.
 */

import { maxSobolDimensions, shiftedSobol } from '../../../sweep/sobol'
import { seededRandom, type Random } from '../jobs/random'
import type { Objective } from './definition'
import { fitGaussianProcess, type Prediction } from './gaussian-process'
import { shareOf, type Parameter } from './parameters'

/** Candidates over the whole space, and near the best point. */
const [wide, near] = [512, 128]
/** The model's cost grows with the cube of the results: it sees the latest ones, and the best. */
const mostResults = 200

export interface Result {
  values: Record<string, string>
  objective: number
}

export interface BayesianOptions {
  parameters: readonly Parameter[]
  objective: Objective
  results: readonly Result[]
  /** Trials under way, whose results are not known yet. */
  pending: readonly Record<string, string>[]
  seed: number
  /** From 1: which trial of this definition is proposed. */
  number: number
}

/**
 * One number between 0 and 1 for each parameter.
 *
 * @example
 * bayesianShares({ parameters, objective, results: [], pending: [], seed: 7, number: 1 })
 */
export function bayesianShares(options: BayesianOptions): number[] {
  const { parameters, seed, number } = options
  const known = resultsInRange(options)
  if (known.length < startingPoints(parameters)) return evenShares({ parameters, seed, number })
  const predict = modelOf({ ...options, known })
  const best = known.reduce((a, b) => (b.loss < a.loss ? b : a))
  const random = seededRandom(seed, 'bayesian', number)
  const candidates = [
    ...Array.from({ length: wide }, () => parameters.map(random)),
    ...Array.from({ length: near }, () => best.shares.map((share) => moved(share, random))),
  ]
  const scored = candidates.map((shares) => ({
    shares,
    gain: expectedImprovement(predict(coordinates(parameters, shares)), best.loss),
  }))
  return scored.reduce((a, b) => (b.gain > a.gain ? b : a)).shares
}

/** How many results the model needs before it is asked. */
export function startingPoints(parameters: readonly Parameter[]): number {
  return Math.min(10, 2 + parameters.length)
}

interface Known {
  shares: number[]
  /** Smaller is better. */
  loss: number
}

/** Results outside of these ranges, such as a parent's, tell nothing here. */
function resultsInRange({ parameters, objective, results }: BayesianOptions): Known[] {
  const sign = objective.type === 'Minimize' ? 1 : -1
  const all = results.flatMap(({ values, objective: value }) => {
    const shares = sharesOf(parameters, values)
    return shares ? [{ shares, loss: sign * value }] : []
  })
  if (all.length <= mostResults) return all
  const best = all.reduce((a, b) => (b.loss < a.loss ? b : a))
  return [best, ...all.slice(-mostResults)]
}

/** A trial under way counts as if it came out as the model expects: the next one is put elsewhere. */
function modelOf(
  options: BayesianOptions & { known: readonly Known[] },
): (point: readonly number[]) => Prediction {
  const { parameters, known, pending } = options
  const points = known.map(({ shares }) => coordinates(parameters, shares))
  const values = known.map(({ loss }) => loss)
  const predict = fitGaussianProcess({ points, values })
  const awaited = pending.flatMap((each) => {
    const shares = sharesOf(parameters, each)
    return shares ? [coordinates(parameters, shares)] : []
  })
  if (awaited.length === 0) return predict
  return fitGaussianProcess({
    points: [...points, ...awaited],
    values: [...values, ...awaited.map((point) => predict(point).mean)],
  })
}

function sharesOf(
  parameters: readonly Parameter[],
  values: Record<string, string>,
): number[] | undefined {
  const shares = parameters.map((parameter) => shareOf(parameter, values[parameter.name] ?? ''))
  return shares.every((share) => share !== undefined) ? shares : undefined
}

/** A category has an axis for each value: no two are nearer to each other than others. */
function coordinates(parameters: readonly Parameter[], shares: readonly number[]): number[] {
  return parameters.flatMap((parameter, index) => {
    const share = shares[index] ?? 0
    if (parameter.kind !== 'Categorical') return [share]
    const { length } = parameter.values
    const chosen = Math.floor(share * length)
    return parameter.values.map((_, value) => (value === chosen ? Math.SQRT1_2 : 0))
  })
}

function expectedImprovement({ mean, deviation }: Prediction, best: number): number {
  const z = (best - mean) / deviation
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)
  return deviation * (z * normalShare(z) + density)
}

/** The standard normal distribution function, to 7 digits (Abramowitz and Stegun, 26.2.17). */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429]
  const sum = series.reduce((total, factor, index) => total + factor * t ** (index + 1), 0)
  const upper = (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)) * sum
  return z >= 0 ? 1 - upper : upper
}

function evenShares(options: {
  parameters: readonly Parameter[]
  seed: number
  number: number
}): number[] {
  const { parameters, seed, number } = options
  return parameters.map(({ name }, index) =>
    shiftedSobol({ dimension: index % maxSobolDimensions, index: number - 1, seed, name }),
  )
}

/** A step of up to a tenth of the space, kept inside. */
function moved(share: number, random: Random): number {
  return Math.min(1 - Number.EPSILON, Math.max(0, share + (random() - 0.5) * 0.2))
}
