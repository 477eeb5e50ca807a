/** Records of tuning jobs and trials, for tests that need no server. */

import type { Json } from '../../../../../src/local/sagemaker/json'
import type { Trial, TuningRecord } from '../../../../../src/local/sagemaker/tuning/tuning-job'
import { tuningRequest } from './tuning-request'

export function record(
  options: Partial<Omit<TuningRecord, 'request'>> & { config?: Json; request?: Json } = {},
): TuningRecord {
  const { config, request, ...changes } = options
  const whole = tuningRequest({ name: 'tuned' })
  return {
    name: 'tuned',
    arn: 'arn:aws:sagemaker:us-east-1:111122223333:hyper-parameter-tuning-job/tuned',
    seed: 7,
    status: 'InProgress',
    creationTime: 1_000,
    lastModifiedTime: 1_000,
    trials: [],
    inherited: [],
    ...changes,
    request: {
      ...whole,
      HyperParameterTuningJobConfig: { ...whole.HyperParameterTuningJobConfig, ...config },
      // With several definitions there is no single one.
      ...(request && { TrainingJobDefinition: undefined, ...request }),
    },
  }
}

let made = 0

export function trial(changes: Partial<Trial> = {}): Trial {
  made += 1
  return {
    place: made,
    name: `tuned-${made}`,
    definition: 0,
    values: {},
    creationTime: 1_000,
    launched: true,
    ...changes,
  }
}

export function ended(options: {
  status?: 'Completed' | 'Failed' | 'Stopped'
  objective?: number
  at?: number
  curve?: number[]
}): Trial {
  const { status = 'Completed', objective, at = 1_100, curve = [] } = options
  return trial({ end: { status, at, curve, ...(objective !== undefined && { objective }) } })
}
