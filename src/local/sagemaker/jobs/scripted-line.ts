/** What a job of the scripted runner says: its hyperparameters, as a Trainer prints its metrics. */

import { hyperparameter, type TrainingRequest } from './job-request'

/**
 * Without those that are the platform's and that no script gets to see.
 *
 * @example
 * scriptedLine(request) // {'learning_rate': 0.0003, 'train_batch_size': 16}
 */
export function scriptedLine(request: TrainingRequest): string {
  const entries = Object.entries(request.HyperParameters)
    .filter(([name]) => !name.startsWith('sagemaker_'))
    .map(([name, text]) => {
      const value = hyperparameter(request, name)
      // A number is already spelt as Python spells it.
      return `${repr(name)}: ${typeof value === 'number' ? text : repr(value)}`
    })
  return `{${entries.join(', ')}}`
}

function repr(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return `'${value.replace(/[\\']/g, '\\$&')}'`
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).map(([key, item]) => `${repr(key)}: ${repr(item)}`)
  return `{${entries.join(', ')}}`
}
