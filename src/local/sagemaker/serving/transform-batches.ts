/** SplitType, BatchStrategy and MaxPayloadInMB: which records go to the model together. */

import { number, object, text, type Json } from '../json'
import { ServingFailure } from './serving-failure'

export interface Split {
  /** By lines; otherwise an object is one record. */
  byLine: boolean
  /** As many records in one request as its limit allows. */
  together: boolean
  /** Bytes. */
  mostBytes: number
}

/** API reference, MaxPayloadInMB: 6 unless given; 0 is for no limit. */
const defaultPayload = 6

export function splitOf(request: Json): Split {
  const byLine = text(object(request, 'TransformInput') ?? {}, 'SplitType') === 'Line'
  const payload = number(request, 'MaxPayloadInMB') ?? defaultPayload
  return {
    byLine,
    // API reference, BatchStrategy: records are put together unless SingleRecord is asked for.
    together: byLine && text(request, 'BatchStrategy') !== 'SingleRecord',
    mostBytes: payload === 0 ? Infinity : payload * 1024 * 1024,
  }
}

/** The service's own limit of one request; without a SplitType an object is one record. */
export function refuseLarge({ mostBytes }: Split, size: number): void {
  if (size <= mostBytes) return
  throw new ServingFailure(
    `ClientError: a record of ${size} bytes is larger than MaxPayloadInMB allows.`,
  )
}

export function recordsOf(split: Split, content: string): string[] {
  if (!split.byLine) return [content]
  return content
    .split('\n')
    .flatMap((line) => (line.trim() === '' ? [] : [line.replace(/\r$/, '')]))
}

/**
 * Each batch is the texts that one request carries, one to a line.
 *
 * @example
 * batchesOf({ byLine: true, together: true, mostBytes: 5 }, ['ab', 'cd', 'ef']) // [['ab', 'cd'], ['ef']]
 */
export function batchesOf(split: Split, texts: readonly string[]): string[][] {
  const batches: string[][] = []
  let bytes = 0
  for (const each of texts) {
    const size = Buffer.byteLength(each)
    refuseLarge(split, size)
    const last = batches.at(-1)
    // One more byte for the newline between two records.
    if (last && split.together && bytes + 1 + size <= split.mostBytes) {
      last.push(each)
      bytes += 1 + size
    } else {
      batches.push([each])
      bytes = size
    }
  }
  return batches
}
