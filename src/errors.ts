/** The one error class of Holdfast: what failed, where, how to mend it, and a code to search for. */

export interface HoldfastErrorDetails {
  /** Stable, upper-case, starts with `E_`: documented in docs/errors.md. */
  code: string
  /** What failed, in one plain sentence without a full stop at the end. */
  what: string
  /** Where: a file with line and column, a field, a job name, an address. */
  where?: string | undefined
  /** How to mend it. */
  hint?: string | undefined
  cause?: unknown
}

/**
 * @example
 * throw new HoldfastError({
 *   code: 'E_SPOT_NO_CHECKPOINT',
 *   what: 'spot training without a checkpoint prefix loses everything at an interruption',
 *   where: 'pipeline.yaml:14:5 train.checkpointS3Uri',
 *   hint: 'remove `checkpointS3Uri: null`, or set `useSpotInstances: false`',
 * })
 */
export class HoldfastError extends Error {
  readonly code: string
  readonly what: string
  readonly where: string | undefined
  readonly hint: string | undefined

  constructor(details: HoldfastErrorDetails) {
    const { code, what, where, hint, cause } = details
    super(where ? `${what} (${where})` : what, cause === undefined ? undefined : { cause })
    this.name = 'HoldfastError'
    this.code = code
    this.what = what
    this.where = where
    this.hint = hint
  }
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
