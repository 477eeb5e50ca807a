/**
 * What differs between two runs or models: what they were made from first, and only then what came
 * of it, because a difference in score means nothing before one knows what was changed. Pure.
 */

import { flattenPipeline, type Leaf } from './flatten'
import type { Interval } from './evaluation-facts'
import type { Lineage } from './lineage'
import { seedNoise, type SeedNoise } from './seed-noise'

/** Null: the side has no such field, or it is not known. */
export interface Difference {
  path: string
  a: Leaf
  b: Leaf
}

export interface MetricDifference {
  metric: string
  a: number | null
  b: number | null
  /** b − a. */
  delta: number | null
  noise: MetricNoise
}

/**
 * Whether a difference is more than chance. `intervals`: those of the two evaluations, and `beyond`
 * when they do not overlap; that is stricter than a test of the difference. `seeds`: the spread of
 * other runs of the same config, and `beyond` when the difference is more than two standard
 * deviations of a difference. `unknown`: there is nothing to judge by.
 */
export type MetricNoise =
  | { kind: 'intervals'; a: Interval; b: Interval; beyond: boolean }
  | { kind: 'seeds'; deviation: number; runs: number; beyond: boolean }
  | { kind: 'unknown' }

export interface LineageComparison {
  a: { name: string; run: string }
  b: { name: string; run: string }
  config: Difference[]
  data: Difference[]
  code: Difference[]
  /** Attempts, interruptions, times and cost. */
  training: Difference[]
  metrics: MetricDifference[]
  /** What could not be compared, and why. */
  notes: string[]
}

/**
 * @param options.others more runs, by which the noise of seeds is judged: those of the same config,
 *   data and code count
 * @example
 * const { config, metrics } = compareLineages({ a, b })
 */
export function compareLineages(options: {
  a: Lineage
  b: Lineage
  others?: readonly Lineage[]
}): LineageComparison {
  const { a, b, others = [] } = options
  return {
    a: { name: a.name, run: a.run },
    b: { name: b.name, run: b.run },
    config: differences(flattenPipeline(a.pipeline), flattenPipeline(b.pipeline)),
    data: differences(dataOf(a), dataOf(b)),
    code: differences(codeOf(a), codeOf(b)),
    training: differences(trainingOf(a), trainingOf(b)),
    metrics: metricDifferences({ a, b, others }),
    notes: notesOf({ a, b }),
  }
}

/** In the order of `a`; what only `b` has comes last. */
function differences(a: Map<string, Leaf>, b: Map<string, Leaf>): Difference[] {
  return [...new Set([...a.keys(), ...b.keys()])]
    .map((path) => ({ path, a: a.get(path) ?? null, b: b.get(path) ?? null }))
    .filter((difference) => difference.a !== difference.b)
}

function dataOf({ data, revision }: Lineage): Map<string, Leaf> {
  return new Map<string, Leaf>([
    ['dataset', data.key],
    // What only one side has a manifest for is said in the notes, not for each of its parts.
    ...Object.entries(data.parts ?? {}).map(([part, value]): [string, Leaf] => [part, value]),
    ['source', revision?.data ?? null],
    ['rows.train', data.rows?.train ?? null],
    ['rows.validation', data.rows?.validation ?? null],
    ['rows.test', data.rows?.test ?? null],
  ])
}

function codeOf({ code, pipeline, revision, baseModel, images }: Lineage): Map<string, Leaf> {
  return new Map<string, Leaf>([
    ['archive', code.sha256 ?? code.uri],
    ['content', revision?.code ?? null],
    ['entry point', pipeline.train.entryPoint],
    ['git commit', code.commit],
    ['evaluation script', code.evaluateSha256],
    ['base model', baseModel.source],
    ['base model revision', baseModel.revision],
    ['training image', images.training],
    ['serving image', images.serving],
  ])
}

function trainingOf({ outcome, training, artifact }: Lineage): Map<string, Leaf> {
  const { attempts, report } = training
  return new Map<string, Leaf>([
    ['outcome', outcome],
    ['attempts', attempts.length],
    ['interruptions', attempts.reduce((total, attempt) => total + attempt.interruptions, 0)],
    ['steps trained again', attempts.reduce((total, attempt) => total + attempt.stepsLost, 0)],
    ['instance', attempts.at(-1)?.placement.instanceType ?? null],
    ['trained seconds', report.trainedSeconds],
    ['billed seconds', report.billedSeconds],
    ['cost, USD', report.costUsd],
    ['artifact', artifact?.sha256 ?? null],
  ])
}

function metricDifferences(options: {
  a: Lineage
  b: Lineage
  others: readonly Lineage[]
}): MetricDifference[] {
  const { a, b } = options
  const names = new Set([
    ...Object.keys(a.evaluation.metrics),
    ...Object.keys(b.evaluation.metrics),
  ])
  return [...names].map((metric) => {
    const [ofA = null, ofB = null] = [a.evaluation.metrics[metric], b.evaluation.metrics[metric]]
    const delta = ofA === null || ofB === null ? null : ofB - ofA
    return { metric, a: ofA, b: ofB, delta, noise: noiseOf({ ...options, metric, delta }) }
  })
}

function noiseOf(options: {
  a: Lineage
  b: Lineage
  others: readonly Lineage[]
  metric: string
  delta: number | null
}): MetricNoise {
  const { a, b, others, metric, delta } = options
  if (delta === null) return { kind: 'unknown' }
  const [ofA, ofB] = [a.evaluation.intervals[metric], b.evaluation.intervals[metric]]
  if (ofA && ofB) {
    const beyond = ofA.high < ofB.low || ofB.high < ofA.low
    return { kind: 'intervals', a: ofA, b: ofB, beyond }
  }
  const seeds: SeedNoise | null = seedNoise({ a, b, others, metric })
  if (seeds === null) return { kind: 'unknown' }
  // Of a difference of two runs, each of which varies by itself.
  const beyond = Math.abs(delta) > 2 * Math.SQRT2 * seeds.deviation
  return { kind: 'seeds', ...seeds, beyond }
}

function notesOf({ a, b }: { a: Lineage; b: Lineage }): string[] {
  return [a, b].flatMap((side) => {
    const missing = [
      side.revision === null ? 'revisions of its data and code' : '',
      side.data.key !== null && side.data.parts === null ? 'manifest of its dataset' : '',
      side.code.uri === null ? 'place of its code' : '',
    ].filter(Boolean)
    return missing.length > 0
      ? [`${side.name} has no record of the ${missing.join(', nor of the ')}`]
      : []
  })
}
