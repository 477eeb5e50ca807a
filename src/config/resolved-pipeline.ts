/**
 * A pipeline after parsing: every default filled in, every path absolute, every duration in seconds.
 * Plain JSON, because it is the input of the pipeline workflow and stays in its history.
 */

import type { ChannelInput } from '../estimator/channels'
import type { ResolvedFeeds } from '../feeds/resolved-feeds'
import type { GitConfig } from '../git/git-config'
import type { Price } from '../prices/price'

export interface ResolvedPipeline {
  /** Slug of 1 to 40 characters: `[a-z0-9](-?[a-z0-9])*`. */
  name: string
  /** Absent: nothing is preprocessed or evaluated; the run uploads the code and trains. */
  dataset?: ResolvedDataset
  /** The base model. Absent only without a dataset: the script then finds its model by itself. */
  model?: ModelSource
  preprocess: PreprocessOptions
  train: ResolvedTrain
  evaluate: ResolvedEvaluate
  /** What a model must be to be published, beside `evaluate.atLeast`; absent: nothing more. */
  gate?: ResolvedGate
  /** Absent: the run ends after its gate and publishes nothing. */
  publish?: ResolvedPublish
  /** Where the run is shown besides. */
  feeds?: ResolvedFeeds
  storage: {
    /** Absent: the SDK's default bucket, `sagemaker-{region}-{account}`. */
    bucket?: string
    /** Key prefix below which everything of Holdfast lies; no slash at either end. */
    prefix: string
  }
  tags: Record<string, string>
}

export interface ResolvedDataset {
  /** Absolute local path (every worker must be able to read it), `s3://bucket/key`, or a prefix of S3. */
  path: string
  /** `arrow`: a folder of rows that are prepared already; of the rest only `path` counts. */
  format: 'csv' | 'tsv' | 'jsonl' | 'arrow'
  encoding: 'utf-8' | 'latin-1'
  textColumn: string
  labelColumn: string
  /** The only labels allowed, in class order; absent: those found, sorted. */
  labels?: string[]
  /** What to do with a row that fails a check: refuse the dataset, or drop the row and count it. */
  onInvalid: 'refuse' | 'drop'
  /** `test` is the share (0 to 1, exclusive) of rows held out; both shuffle and split follow `seed`. */
  split: { test: number; seed: number; validation?: number }
  maxTrainSamples?: number
  maxEvalSamples?: number
}

export interface ResolvedPublish {
  /** Model package group. */
  model: string
  /** Absent: `Approved`, because the gate has passed. */
  approvalStatus?: 'Approved' | 'PendingManualApproval'
  /** Lets weights through that are no safetensors. */
  allowPickle?: boolean
  /** For the model card. */
  license?: string
  /** Hub id of the data, for the model card. */
  dataset?: string
  /** Absent: nothing goes to the Hugging Face Hub. */
  hub?: ResolvedHub
}

export interface ResolvedHub {
  /** `owner/name` */
  repoId: string
  private: boolean
  /** Branch. */
  revision: string
  /** `env:NAME` of the worker, never the token. */
  token: string
}

/** A Hugging Face Hub id, or a directory: an absolute local path or an `s3://` prefix. */
export type ModelSource =
  { kind: 'hub'; id: string; revision?: string } | { kind: 'directory'; path: string }

export interface PreprocessOptions {
  task: 'text-classification'
  /** Tokens; longer texts are truncated. */
  maxLength: number
  /** `none` leaves padding to the collator, `max_length` pads on disk as the blog post does. */
  padding: 'none' | 'max_length'
}

/** Hyperparameter values as typed in the YAML; `1.0e-4` and `1.0` stay floats by `PythonFloat`. */
export type Hyperparameter =
  string | number | boolean | null | Hyperparameter[] | { [key: string]: Hyperparameter }

/** How the YAML `1.0` is carried through JSON, where it would become the integer 1. */
export interface PythonFloat {
  __float__: number
}

/** Instance type × spot or on-demand × region that one attempt uses. */
export interface Placement {
  instanceType: string
  useSpotInstances: boolean
  /** Absent: the run's own. */
  region?: string
}

/** What is another one in another region; each replaces the pipeline's own there. */
export interface RegionOptions {
  /** Absent: the SDK's default bucket of that region. */
  bucket?: string
  imageUri?: string
  subnets?: string[]
  securityGroupIds?: string[]
  volumeKmsKey?: string
  outputKmsKey?: string
}

export interface ResolvedTrain {
  /** Relative to `sourceDir`. */
  entryPoint: string
  /** Absolute local directory, or the `s3://…/sourcedir.tar.gz` of one. */
  sourceDir: string
  /** Absolute paths whose contents go to the root of the code archive. */
  dependencies: string[]
  /** Where the code is cloned from: `sourceDir` and `dependencies` are then relative to the repository. */
  gitConfig?: GitConfig
  /** Channels of the user's own, by name, beside those of the data set. */
  inputs: Record<string, ChannelInput>
  transformersVersion?: string
  pytorchVersion?: string
  tensorflowVersion?: string
  pyVersion?: string
  imageUri?: string
  /** ARN or bare name of the execution role; absent: `SAGEMAKER_ROLE_ARN` of the worker. */
  role?: string
  instanceCount: number
  /** GiB. */
  volumeSize: number
  /** Tried in order; the first is what `instanceType` and `useSpotInstances` say. */
  placements: Placement[]
  /** By name, for placements that name a region. */
  regions?: Record<string, RegionOptions>
  /** Seconds. */
  maxRun: number
  /** Seconds, waiting for spot capacity included; used by spot placements only. */
  maxWait: number
  /** Seconds for the whole training, all attempts together; absent: none. */
  deadline?: number
  /** US dollars for the whole training, all attempts together; absent: no limit. */
  maxUsd?: number
  /** Of the placements' instance types, as far as somebody said them. */
  prices?: Price[]
  /** Seconds without progress after which a job is stopped; absent or null: never. */
  stalledAfter?: number | null
  /** Absent: `runs/<run>/checkpoints` of this run. Null: no checkpoints (on-demand only). */
  checkpointS3Uri?: string | null
  checkpointLocalPath?: string
  hyperparameters: Record<string, Hyperparameter>
  environment: Record<string, string>
  metricDefinitions: { Name: string; Regex: string }[]
  /** More of the estimator's arguments, in its own camelCase names, handed on untouched. */
  estimator: Record<string, unknown>
}

export interface ResolvedEvaluate {
  /** Absolute path of the script to run instead of Holdfast's own `evaluate.py`. */
  entryPoint?: string
  /** Absent: what the model's architecture says. */
  task?: EvaluationTask
  /** Absent: as `evaluate.py` has it. */
  bootstrap?: BootstrapOptions
  metric: string
  /** The gate: the metric must reach this. Absent: every finite metric passes. */
  atLeast?: number
  /** Columns of the data by whose values the held-out rows are scored too. */
  slices?: string[]
  instanceType: string
  /** Seconds. */
  maxRun: number
}

export type EvaluationTask = 'text-classification' | 'token-classification' | 'text-generation'

/** How intervals are made; what is absent is left to the script. */
export interface BootstrapOptions {
  resamples?: number
  /** Of the intervals, 0 to 1. */
  confidence?: number
  seed?: number
}

export interface ResolvedGate {
  /** By metric. */
  thresholds?: Record<string, Limits>
  /** The gate's metric must be better than the champion's by more than this, beyond chance. */
  beatsChampionBy?: number
  /** No slice's metric may be worse than the champion's by more than this, beyond chance. */
  noSliceWorseBy?: number
  /** How chance is shared among the slices; absent, like `none`: each is judged by itself. */
  sliceCorrection?: 'holm' | 'none'
  /** Milliseconds of a single row, at the 95th percentile, on the evaluation's machine. */
  maxLatencyMs?: number
  /** Of the archive; a megabyte is 1,000,000 bytes. */
  maxSizeMb?: number
  /** Absent: nobody is asked. */
  approval?: ApprovalPolicy
}

export interface Limits {
  atLeast?: number
  atMost?: number
}

export interface ApprovalPolicy {
  /** Seconds. */
  timeout: number
  onTimeout: 'reject' | 'approve'
}
