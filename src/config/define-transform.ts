import type { TransformInput } from './transform-schema'

/**
 * A batch transform written in TypeScript or JavaScript instead of YAML. It gives types and nothing
 * else: the checks are the same as for YAML and run when the file is loaded.
 *
 * @example
 * export default defineTransform({
 *   name: 'reviews-batch',
 *   model: { published: 'reviews', transformersVersion: '4.37', pytorchVersion: '2.1', pyVersion: 'py310' },
 *   transform: { data: './reviews.jsonl', splitType: 'Line', instanceType: 'ml.m5.xlarge' },
 * })
 */
export function defineTransform(config: TransformInput): TransformInput {
  return config
}
