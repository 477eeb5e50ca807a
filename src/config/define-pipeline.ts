import type { PipelineInput } from './pipeline-schema'
import type { PythonFloat } from './resolved-pipeline'

/**
 * A pipeline written in TypeScript or JavaScript instead of YAML. It gives types and nothing else:
 * the checks are the same as for YAML and run when the file is loaded.
 *
 * @example
 * export default definePipeline({
 *   name: 'reviews',
 *   dataset: { path: './data/reviews.csv' },
 *   model: 'distilbert-base-uncased',
 *   train: { entryPoint: 'train.py', sourceDir: './training', transformersVersion: '4.56',
 *     pytorchVersion: '2.8', pyVersion: 'py312', instanceType: 'ml.g5.xlarge', maxRun: '2h' },
 * })
 */
export function definePipeline(config: PipelineInput): PipelineInput {
  return config
}

/**
 * A hyperparameter that Python must read as a float although JavaScript has no difference between
 * 1 and 1.0.
 *
 * @example
 * hyperparameters: { weight_decay: pythonFloat(1) } // --weight_decay 1.0
 */
export function pythonFloat(value: number): PythonFloat & Record<string, number> {
  return { __float__: value }
}
