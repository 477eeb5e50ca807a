import { isUtf8 } from 'node:buffer'

/** The byte length of the well-formed UTF-8 sequence at `at`, or 0 (Unicode 15, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0
  if (lead < 0x80) return 1
  if (lead < 0xc2 || lead > 0xf4) return 0
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  const second = bytes[at + 1] ?? 0
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  if (second < lowest || second > highest) return 0
  for (let next = at + 2; next < at + length; next++) {
    const byte = bytes[next] ?? 0
    if (byte < 0x80 || byte > 0xbf) return 0
  }
  return length
}

/** How many bytes at the end are the beginning of a sequence whose rest may still come. */
function unfinishedTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) {
      const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
      return length > back ? back : 0
    }
  }
  return 0
}

/** The offset of the first byte that is not UTF-8, or undefined. */
export function firstBrokenByte(bytes: Uint8Array, from = 0): number | undefined {
  if (isUtf8(bytes.subarray(from))) return undefined
  for (let at = from; at < bytes.length;) {
    const length = sequenceLength(bytes, at)
    if (length === 0) return at
    at += length
  }
  return undefined
}

/** Finds newlines and broken UTF-8 in a stream of chunks, by offset from the stream's first byte. */
export class ByteScanner {
  /** Offsets of `\n` not yet taken. */
  readonly newlines = new OffsetQueue()
  /** Offsets of broken bytes not yet taken. */
  readonly broken = new OffsetQueue()
  private offset = 0
  private carried: Uint8Array = new Uint8Array(0)

  constructor(private readonly checkUtf8: boolean) {}

  add(chunk: Buffer): void {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) {
      this.newlines.push(this.offset + at)
    }
    if (this.checkUtf8) this.addText(chunk)
    this.offset += chunk.length
  }

  /** To be called after the last chunk: a sequence cut off by the end of the file is broken. */
  end(): void {
    if (this.carried.length > 0) this.broken.push(this.offset - this.carried.length)
  }

  private addText(chunk: Buffer): void {
    const bytes = this.carried.length > 0 ? Buffer.concat([this.carried, chunk]) : chunk
    const start = this.offset - this.carried.length
    const whole = bytes.subarray(0, bytes.length - unfinishedTail(bytes))
    for (let at = firstBrokenByte(whole); at !== undefined; at = firstBrokenByte(whole, at + 1)) {
      this.broken.push(start + at)
      // One mark per line is enough to blame its row, and keeps a file of noise linear.
      const newline = whole.indexOf(10, at)
      if (newline === -1) break
      at = newline
    }
    this.carried = Uint8Array.from(bytes.subarray(whole.length))
  }
}

/** First in, first out; offsets only grow. */
export class OffsetQueue {
  private offsets: number[] = []
  private head = 0

  push(offset: number): void {
    this.offsets.push(offset)
  }

  /** Takes all offsets below `end`; answers how many there were, the first, and the last. */
  takeBelow(end: number): { count: number; first: number | undefined; last: number | undefined } {
    const start = this.head
    while (this.head < this.offsets.length && (this.offsets[this.head] ?? end) < end) this.head++
    const count = this.head - start
    const first = count > 0 ? this.offsets[start] : undefined
    const last = count > 0 ? this.offsets[this.head - 1] : undefined
    if (this.head > 10_000) {
      this.offsets = this.offsets.slice(this.head)
      this.head = 0
    }
    return { count, first, last }
  }
}
