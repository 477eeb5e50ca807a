import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { withoutPrices } from '../prices/price-pipeline'

/** A leaf of a config: text, number, truth value or null; a list is one leaf, for its order matters. */
export type Leaf = string | number | boolean | null

/**
 * A resolved pipeline as paths and values. Prices are left out: a price list that was read again is
 * no difference of the pipeline.
 *
 * @example
 * flattenPipeline(pipeline).get('train.hyperparameters.learning_rate') // 0.0001
 */
export function flattenPipeline(pipeline: ResolvedPipeline): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>()
  collect({ value: withoutPrices(pipeline), path: '', leaves })
  return leaves
}

function collect(options: { value: unknown; path: string; leaves: Map<string, Leaf> }): void {
  const { value, path, leaves } = options
  if (!isRecord(value)) {
    leaves.set(path, Array.isArray(value) ? JSON.stringify(value) : (value as Leaf))
    return
  }
  // Python's 1.0, as JSON carries it.
  if (typeof value['__float__'] === 'number') {
    leaves.set(path, value['__float__'])
    return
  }
  for (const [key, inner] of Object.entries(value))
    collect({ value: inner, path: path === '' ? key : `${path}.${key}`, leaves })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
