/** What the nightly workflow and its schedule are told, and say of themselves; plain JSON. */

import type { RunError } from './run-state'

/** The `schedule` of a pipeline.yaml, every policy explicit. */
export interface ResolvedSchedule {
  /** Five fields each; fires when any of them does. */
  cron: string[]
  /** IANA name. */
  timezone: string
  /** Seconds: each firing is put off by up to so much. */
  jitter: number
  /** What happens when a firing finds the one before it still running. */
  overlap: 'skip' | 'bufferOne'
  /** Seconds: firings missed while Temporal was down are made up for if they are no older. */
  catchupWindow: number
  pauseOnFailure: boolean
}

/** What decides what a run would train; each a hash or a revision. Equal revisions train the same. */
export interface Revision {
  /** sha256 of the local file, or the S3 object's ETag and version. */
  data: string
  /** Hub commit, or a fingerprint of the directory's or prefix's files. */
  model: string
  /** Content of the source directory, or its commit, and of the evaluation script. */
  code: string
  /** Of a pipeline whose code is in a git repository: what its branch was at; this is trained. */
  commit?: string
  /** sha256 of the resolved pipeline; of a sweep's best, with the trial beside it. */
  config: string
}

/** `models/<model>/published/<pipeline>.json`: written at every publish, last. */
export interface LastPublished {
  revision: Revision
  run: string
  version: number
  sha256: string
  /** ISO 8601, UTC. */
  publishedAt: string
}

export type NightlyOutcome =
  'running' | 'skipped' | 'completed' | 'rejected' | 'failed' | 'cancelled'

/** Memo `nightly` of a nightly workflow. */
export interface NightlyState {
  pipeline: string
  outcome: NightlyOutcome
  /** A sentence for people: what changed, or why nothing was trained. */
  reason: string
  /** Id of the run that it started; null when skipped. */
  run: string | null
  /** Version published; null when none was. */
  version: number | null
  error: RunError | null
}

/** Temporal's schedule of a pipeline; one per pipeline name. */
export function scheduleIdOf(pipeline: string): string {
  return `nightly/${pipeline}`
}
