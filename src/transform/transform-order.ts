/** A batch transform as it is asked for, and where it stands; plain JSON, for workflows too. */

import type { Packing } from '../deploy/packing'
import type { HuggingFaceModel } from '../estimator/hugging-face-model'
import type { Transform, Transformer } from '../estimator/transform-options'

export interface TransformOrder {
  /** What job, model and workflow are called after. */
  name: string
  /** The model in words: `reviews, version 3`. */
  source: string
  /** `s3://bucket/prefix`: everything of Holdfast in this bucket. */
  root: string
  /** As it is served; its script, if it has one, is in `packing`. */
  model: HuggingFaceModel
  packing?: Packing
  transformer: Transformer
  transform: Transform
  /** Seconds after which the job is stopped. */
  maxRun: number
}

/** What was written, by name. */
export interface Transformed {
  /** Objects that were read. */
  inputs: number
  /** Of the `.out` objects. */
  bytes: number
}

/** Where a transform stands; kept in the workflow's memo. */
export interface TransformState {
  name: string
  source: string
  phase: string
  outcome: 'running' | 'completed' | 'failed' | 'cancelled'
  /** The newest one. */
  job: string | null
  attempts: number
  /** `s3://` folder of the answers. */
  outputUri: string | null
  transformed: Transformed | null
  error: { code: string; message: string; hint?: string; logTail?: string[] } | null
}

export function newTransformState({
  name,
  source,
}: Pick<TransformOrder, 'name' | 'source'>): TransformState {
  return {
    ...{ name, source, phase: 'asked for', outcome: 'running', job: null, attempts: 0 },
    ...{ outputUri: null, transformed: null, error: null },
  }
}
