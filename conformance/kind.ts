/** What a kind of recorded case is: from the arguments of the Python SDK to the calls that we would make. */

import type { AwsCall } from '../src/estimator/aws-call'

export type Json = string | number | boolean | null | bigint | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

/** A case as `cases.json` has it, in the SDK's snake_case; floats are `{ __float__ }`, `@x` is resolved. */
export interface RecordedCase extends JsonObject {
  name: string
  kind: string
}

/** What the SDK would find around it. */
export interface World {
  region: string
  /** Twelve digits. */
  account: string
  /** `sagemaker-{region}-{account}` unless the case names one. */
  defaultBucket: string
  defaultBucketPrefix?: string
  /**
   * The time in names, with the length that it has in the SDK, because long names are cut to fit:
   * `2026-01-02-03-04-05-678`. The comparison reads it as `<ts>`, and the following likewise.
   */
  stamp: string
  /** `<short>`: `260102-0304`. */
  shortStamp: string
  /** `<epoch>`: seconds. */
  epoch: string
  /** `<unique>`: `{epoch}-{four hexadecimal digits}`. */
  unique: string
  /** A folder to pack archives in. */
  scratch: string
}

/**
 * The body of an uploaded object in `params.Body`: the members of an archive, sorted, or the number
 * of lines of a text. A model archive that the SDK repacks holds what the job made as well, which
 * nobody knows here: `beside: 'model'` compares the members below `code/` only.
 */
export type RecordedBody = { $tar: string[]; beside?: 'model' } | { $text_lines: number }

/** @throws HoldfastError where the case is refused */
export type CallsOf = (options: { one: RecordedCase; world: World }) => Promise<AwsCall[]>
