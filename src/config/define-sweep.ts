import type { Hyperparameter } from './resolved-pipeline'
import type { ParameterInput, SweepInput } from './sweep-schema'

/**
 * A sweep written in TypeScript or JavaScript instead of YAML. It gives types and nothing else: the
 * checks are the same as for YAML and run when the file is loaded.
 *
 * @example
 * export default defineSweep({
 *   name: 'reviews-lr',
 *   pipeline: './pipeline.yaml',
 *   method: 'random',
 *   metric: { name: 'eval_accuracy', goal: 'maximize' },
 *   parameters: {
 *     learning_rate: logUniform(1e-5, 1e-3),
 *     peft: choice('none', 'lora'),
 *     lora_r: when({ peft: 'lora' }, logInt(4, 64)),
 *   },
 *   runCap: 20,
 *   parallel: 4,
 * })
 */
export function defineSweep(config: SweepInput): SweepInput {
  return config
}

/** Floats from `min` to `max`, all alike. */
export function uniform(min: number, max: number): ParameterInput {
  return { distribution: 'uniform', min, max }
}

/** Floats from `min` to `max` (both above 0) whose logarithm is uniform: for learning rates. */
export function logUniform(min: number, max: number): ParameterInput {
  return { distribution: 'log_uniform_values', min, max }
}

/** Whole numbers from `min` to `max`, both included. */
export function int(min: number, max: number): ParameterInput {
  return { distribution: 'int_uniform', min, max }
}

/** Whole numbers from `min` (at least 1) to `max`, the small ones more often. */
export function logInt(min: number, max: number): ParameterInput {
  return { distribution: 'int_log_uniform', min, max }
}

/**
 * One of these values, each as likely as the other. `pythonFloat(1)` is the 1.0 of Python.
 *
 * @example
 * choice(16, 32, 64)
 */
export function choice(...values: Hyperparameter[]): ParameterInput {
  return { distribution: 'categorical', values }
}

/** The same value for every trial. */
export function constant(value: Hyperparameter): ParameterInput {
  return { distribution: 'constant', value }
}

/**
 * A parameter that is there only where earlier ones have the given value, or one of a list.
 *
 * @example
 * when({ peft: ['lora', 'dora'] }, logInt(4, 64))
 */
export function when(
  conditions: Record<string, Hyperparameter>,
  parameter: ParameterInput,
): ParameterInput {
  return { ...parameter, when: conditions }
}
