import { canonicalJson } from '../aws/names'
import { flattenPipeline } from './flatten'
import type { Lineage } from './lineage'

export interface SeedNoise {
  /** Standard deviation of one run, over all groups of runs together. */
  deviation: number
  /** Runs that it is judged by. */
  runs: number
}

/**
 * How much a metric varies among runs that are the same but for their seeds: those like `a` and
 * those like `b`, each about their own mean. Null without two alike on either side.
 *
 * @example
 * seedNoise({ a, b, others, metric: 'eval_accuracy' }) // { deviation: 0.004, runs: 5 }
 */
export function seedNoise(options: {
  a: Lineage
  b: Lineage
  others: readonly Lineage[]
  metric: string
}): SeedNoise | null {
  const { a, b, others, metric } = options
  const all = distinct([a, b, ...others])
  let [squares, freedom, runs] = [0, 0, 0]
  for (const recipe of new Set([recipeOf(a), recipeOf(b)])) {
    const scores = all
      .filter((each) => recipeOf(each) === recipe)
      .flatMap(({ evaluation }) => evaluation.metrics[metric] ?? [])
    if (scores.length < 2) continue
    const mean = scores.reduce((total, score) => total + score, 0) / scores.length
    squares += scores.reduce((total, score) => total + (score - mean) ** 2, 0)
    freedom += scores.length - 1
    runs += scores.length
  }
  return freedom === 0 ? null : { deviation: Math.sqrt(squares / freedom), runs }
}

/** A model and the run that made it are one. */
function distinct(lineages: readonly Lineage[]): Lineage[] {
  return [...new Map(lineages.map((each) => [each.run, each])).values()]
}

/** Everything that decides a training but its seeds, and not where it is paid for and published. */
export function recipeOf({ pipeline, data, code, revision }: Lineage): string {
  const { preprocess, train, evaluate, model } = pipeline
  const { hyperparameters } = train
  const kept = Object.entries(hyperparameters).filter(([name]) => !isSeed(name))
  const decisive = { ...train, hyperparameters: Object.fromEntries(kept) }
  const config = [...flattenPipeline({ ...pipeline, train: decisive })].filter(
    ([path]) => /^(train|dataset)\./.test(path) && !placesAndLimits.has(path),
  )
  return canonicalJson([
    config.sort(),
    { preprocess, metric: evaluate.metric, model: model ?? null },
    data.key ?? revision?.data ?? null,
    code.sha256 ?? revision?.code ?? null,
  ])
}

/** Contents are compared by their hashes, and these change no weight. */
const placesAndLimits = new Set([
  'dataset.path',
  'train.sourceDir',
  'train.dependencies',
  'train.placements',
  'train.maxRun',
  'train.maxWait',
  'train.deadline',
  'train.maxUsd',
  'train.stalledAfter',
])

/** `seed`, `data_seed`, `random-seed`. */
function isSeed(name: string): boolean {
  return /(^|[_-])seed$/.test(name)
}
