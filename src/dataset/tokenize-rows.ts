import type { JsEncoding } from 'tokenizers'
import { HoldfastError } from '../errors'
import type { DatasetRow } from './dataset-row'
import type { LoadedTokenizer } from './load-tokenizer'

/** Rows per call of the native tokenizer: as fast as 1000, with half the memory at its peak. */
const batchRows = 250
/** Calls under way at once; the native threads never wait for JavaScript. */
const batchesInFlight = 2

/** Rows with their tokens, flat: row i has the ids from `offsets[i]` to `offsets[i + 1]`. */
export interface TokenBatch {
  rows: readonly DatasetRow[]
  offsets: Int32Array
  inputIds: Int32Array
  attentionMask: Int8Array
  /** Rows that lost tokens to `maxLength`, as far as the tokenizer says (without a post-processor it does not). */
  truncated: number
}

/**
 * Sets truncation and padding on the tokenizer, whatever its file says.
 *
 * @example
 * configureTokenizer({ loaded, maxLength: 128, padding: 'none', where: model.path })
 */
export function configureTokenizer(options: {
  loaded: LoadedTokenizer
  maxLength: number
  padding: 'none' | 'max_length'
}): void {
  const { loaded, maxLength, padding } = options
  const { tokenizer, settings } = loaded
  tokenizer.setTruncation(maxLength, { direction: settings.truncationSide })
  if (padding === 'none') return tokenizer.disablePadding()
  if (settings.padToken === null || settings.padId === null) {
    throw new HoldfastError({
      code: 'E_TOKENIZER_PAD',
      what: '`padding: max_length` needs a padding token, and the tokenizer has none',
      where: 'preprocess.padding',
      hint: 'set `padding: none`, or `pad_token` in tokenizer_config.json',
    })
  }
  tokenizer.setPadding({
    maxLength,
    direction: settings.paddingSide,
    padToken: settings.padToken,
    padId: settings.padId,
  })
}

/**
 * Tokenizes rows in order, a few batches ahead of the reader.
 *
 * @example
 * for await (const batch of tokenizeRows({ rows, loaded, maxLength: 128 })) write(batch)
 */
export async function* tokenizeRows(options: {
  rows: readonly DatasetRow[]
  /** Already given to `configureTokenizer`. */
  loaded: LoadedTokenizer
  maxLength: number
  signal?: AbortSignal | undefined
}): AsyncGenerator<TokenBatch> {
  const { rows, loaded, maxLength, signal } = options
  const pending: { rows: readonly DatasetRow[]; encodings: Promise<JsEncoding[]> }[] = []
  let start = 0
  try {
    while (start < rows.length || pending.length > 0) {
      signal?.throwIfAborted()
      while (start < rows.length && pending.length < batchesInFlight) {
        const slice = rows.slice(start, start + batchRows)
        pending.push({
          rows: slice,
          encodings: loaded.tokenizer.encodeBatch(slice.map(({ text }) => text)),
        })
        start += batchRows
      }
      const batch = pending.shift()
      if (batch) yield flatten({ rows: batch.rows, encodings: await batch.encodings, maxLength })
    }
  } finally {
    await Promise.allSettled(pending.map(({ encodings }) => encodings))
  }
}

function flatten(options: {
  rows: readonly DatasetRow[]
  encodings: readonly JsEncoding[]
  maxLength: number
}): TokenBatch {
  const { rows, encodings, maxLength } = options
  const offsets = new Int32Array(encodings.length + 1)
  const ids = encodings.map((encoding, index) => {
    const rowIds = encoding.getIds()
    offsets[index + 1] = (offsets[index] ?? 0) + rowIds.length
    return rowIds
  })
  const total = offsets[encodings.length] ?? 0
  const inputIds = new Int32Array(total)
  const attentionMask = new Int8Array(total)
  let truncated = 0
  encodings.forEach((encoding, index) => {
    const from = offsets[index] ?? 0
    inputIds.set(ids[index] ?? [], from)
    const mask = encoding.getAttentionMask()
    attentionMask.set(mask, from)
    // Only a full row can have lost anything; asking for the overflow copies it.
    const full = mask.length >= maxLength && mask[0] === 1 && mask.at(-1) === 1
    if (full && encoding.getOverflowing().length > 0) truncated += 1
  })
  return { rows, offsets, inputIds, attentionMask, truncated }
}
