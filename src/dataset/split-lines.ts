import { HoldfastError } from '../errors'
import type { ByteSource } from './dataset-row'

/** One physical line without its line ending. */
export interface Line {
  bytes: Buffer
  /** From 1. */
  line: number
  /** Of its first byte in the file, from 0. */
  offset: number
}

/** Bytes; a longer record is a file of another format, or a quote that never closes. */
export const longestRecord = 16 * 1024 * 1024

/** Cuts a byte stream at `\n` or `\r\n`, whatever the chunks; the last line needs no ending. */
export async function* splitLines(options: { source: ByteSource; where: string }) {
  const { source, where } = options
  let pending: Uint8Array[] = []
  let pendingLength = 0
  let line = 1
  let offset = 0

  const finish = (rest: Uint8Array): Line => {
    const all = pending.length > 0 ? Buffer.concat([...pending, rest]) : Buffer.from(rest)
    const bytes = all.at(-1) === 13 ? all.subarray(0, -1) : all
    const result = { bytes, line, offset }
    pending = []
    pendingLength = 0
    return result
  }

  for await (const chunk of source) {
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const length = pendingLength + end - start
      yield finish(chunk.subarray(start, end))
      line += 1
      offset += length + 1
      start = end + 1
    }
    if (start < chunk.length) {
      pending.push(Uint8Array.from(chunk.subarray(start)))
      pendingLength += chunk.length - start
    }
    if (pendingLength > longestRecord) {
      throw new HoldfastError({
        code: 'E_DATA_MALFORMED',
        what: `line ${line} is longer than ${longestRecord / 1024 / 1024} MiB`,
        where: `${where}:${line}`,
        hint: 'is `dataset.format` the format of this file?',
      })
    }
  }
  if (pendingLength > 0) yield finish(new Uint8Array(0))
}
