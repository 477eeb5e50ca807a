/** The shapes that a row takes on its way from the file to the shard. */

/** Anything that yields the bytes of a file in order: a file stream, the body of an S3 object. */
export type ByteSource = AsyncIterable<Uint8Array>

/** A row as the file gives it, before any check. */
export interface RawRow {
  /** Undefined: the row has no such field, or null in it. */
  text: string | undefined
  label: string | undefined
  /** Of the further columns that were asked for, in their order. */
  more?: string[]
  /** The physical line on which the row begins, from 1. */
  line: number
  fault?: RowFault
}

/** Why a row could not be read as a row; the other checks then make no sense. */
export type RowFault =
  | { kind: 'brokenUtf8'; /** Offset in the file, from 0. */ byte: number }
  | { kind: 'malformedRow'; reason: string }

/** A row that passed the checks. */
export interface DatasetRow {
  text: string
  /** Index into the sorted or declared labels. */
  label: number
  /** Of the columns that the evaluation scores by, in their order. */
  more?: string[]
}

/** Everything that can be wrong with a row, in the words of reports. */
export const faultNames = {
  emptyText: 'empty text',
  missingLabel: 'missing label',
  unexpectedLabel: 'unexpected label',
  brokenUtf8: 'broken UTF-8',
  malformedRow: 'malformed row',
} as const

export type FaultKind = keyof typeof faultNames
