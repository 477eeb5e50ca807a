/**
 * CBOR (RFC 8949) as Smithy's RPC protocol uses it, which is how newer AWS clients speak to
 * CloudWatch: JSON's values, bytes, and timestamps, which are tag 1 with epoch seconds.
 */

import { AwsError } from './aws-error'

/** A `Date` is written as a timestamp; a member that is undefined is left out. */
export type CborValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | Date
  | readonly CborValue[]
  | { readonly [member: string]: CborValue }

/** Values nest no deeper in any request; a bomb of brackets must not exhaust the stack. */
const deepest = 64

/** Major types of RFC 8949, section 3.1. */
const [unsigned, negative, bytes, text, list, map, tag, simple] = [0, 1, 2, 3, 4, 5, 6, 7] as const

const epochTag = 1
/** Additional information of a length that is not known beforehand. */
const indefinite = 31
const breakByte = 0xff

/**
 * @example
 * encodeCbor({ Timestamp: new Date(0), Values: [0.5] })
 */
export function encodeCbor(value: CborValue): Buffer {
  if (value === null || value === undefined) return Buffer.from([0xf6])
  if (typeof value === 'boolean') return Buffer.from([value ? 0xf5 : 0xf4])
  if (typeof value === 'number') return encodeNumber(value)
  if (typeof value === 'string') return withHead(text, Buffer.from(value))
  if (value instanceof Date) {
    return Buffer.concat([head(tag, epochTag), encodeNumber(value.getTime() / 1000)])
  }
  if (isList(value)) return Buffer.concat([head(list, value.length), ...value.map(encodeCbor)])
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const encoded = members.flatMap(([name, member]) => [encodeCbor(name), encodeCbor(member)])
  return Buffer.concat([head(map, members.length), ...encoded])
}

function isList(value: object): value is readonly CborValue[] {
  return Array.isArray(value)
}

function encodeNumber(value: number): Buffer {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    return value >= 0 ? head(unsigned, value) : head(negative, -1 - value)
  }
  const double = Buffer.alloc(9, 0xfb)
  double.writeDoubleBE(value, 1)
  return double
}

function withHead(major: number, content: Buffer): Buffer {
  return Buffer.concat([head(major, content.length), content])
}

/** The major type in the top three bits; the number in the rest, or in the bytes that follow. */
function head(major: number, value: number): Buffer {
  const width = value < 24 ? 0 : value < 2 ** 8 ? 1 : value < 2 ** 16 ? 2 : value < 2 ** 32 ? 4 : 8
  const written = Buffer.alloc(1 + width)
  written[0] = (major << 5) | (width === 0 ? value : 24 + Math.log2(width))
  if (width === 8) written.writeBigUInt64BE(BigInt(value), 1)
  else if (width > 0) written.writeUIntBE(value, 1, width)
  return written
}

/**
 * Timestamps become epoch seconds and bytes base64, as they are in AWS JSON.
 *
 * @example
 * decodeCbor(encodeCbor({ Period: 60 })) // { Period: 60 }
 */
export function decodeCbor(input: Buffer): unknown {
  const reader = { input, at: 0 }
  const value = decodeItem(reader, 0)
  if (reader.at !== input.length) throw malformed('there is something after its end')
  return value
}

interface Reader {
  input: Buffer
  at: number
}

function decodeItem(reader: Reader, depth: number): unknown {
  if (depth > deepest) throw malformed('it is nested too deeply')
  const first = take(reader, 1)[0] ?? 0
  const [major, information] = [first >> 5, first & 31]
  if (major === simple) return decodeSimple(reader, information)
  if (information === indefinite) return decodeIndefinite({ reader, major, depth })
  const count = readCount(reader, information)
  switch (major) {
    case unsigned:
      return count
    case negative:
      return -1 - count
    case bytes:
      return take(reader, count).toString('base64')
    case text:
      return utf8(take(reader, count))
    case list:
      return Array.from({ length: atMost(reader, count) }, () => decodeItem(reader, depth + 1))
    case map:
      return Object.fromEntries(
        Array.from({ length: atMost(reader, count) }, () => decodeMember(reader, depth)),
      )
    default:
      if (count !== epochTag) throw malformed(`tag ${count} has no meaning here`)
      return decodeItem(reader, depth + 1)
  }
}

function decodeIndefinite(options: { reader: Reader; major: number; depth: number }): unknown {
  const { reader, major, depth } = options
  const until = <Item>(next: () => Item): Item[] => {
    const items: Item[] = []
    while (reader.input[reader.at] !== breakByte) items.push(next())
    reader.at += 1
    return items
  }
  if (major === list) return until(() => decodeItem(reader, depth + 1))
  if (major === map) return Object.fromEntries(until(() => decodeMember(reader, depth)))
  if (major !== text && major !== bytes) throw malformed('a number has no length')
  const content = Buffer.concat(until(() => decodeChunk(reader, major)))
  return major === text ? utf8(content) : content.toString('base64')
}

/** A part of a text or of bytes, itself of known length. */
function decodeChunk(reader: Reader, major: number): Buffer {
  const first = take(reader, 1)[0] ?? 0
  if (first >> 5 !== major || (first & 31) === indefinite) throw malformed('a part is of no use')
  return take(reader, readCount(reader, first & 31))
}

function decodeMember(reader: Reader, depth: number): [string, unknown] {
  const name = decodeItem(reader, depth + 1)
  if (typeof name !== 'string') throw malformed('the name of a member is not text')
  return [name, decodeItem(reader, depth + 1)]
}

function decodeSimple(reader: Reader, information: number): unknown {
  switch (information) {
    case 20:
      return false
    case 21:
      return true
    case 22:
    case 23:
      return null
    case 25:
      return half(take(reader, 2).readUInt16BE())
    case 26:
      return take(reader, 4).readFloatBE()
    case 27:
      return take(reader, 8).readDoubleBE()
    default:
      throw malformed(`the simple value ${information} has no meaning here`)
  }
}

/** IEEE 754 binary16, which no method of Buffer reads. */
function half(word: number): number {
  const [sign, exponent, fraction] = [word >> 15 ? -1 : 1, (word >> 10) & 31, word & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function readCount(reader: Reader, information: number): number {
  if (information < 24) return information
  if (information === 27) return Number(take(reader, 8).readBigUInt64BE())
  const width = 2 ** (information - 24)
  if (width > 4) throw malformed('a length is not one')
  return take(reader, width).readUIntBE(0, width)
}

/** Each item takes a byte at least: a larger count is a lie, not to be allocated for. */
function atMost(reader: Reader, count: number): number {
  if (count > reader.input.length - reader.at) throw malformed('it ends too early')
  return count
}

function take(reader: Reader, count: number): Buffer {
  const start = reader.at
  reader.at += atMost(reader, count)
  return reader.input.subarray(start, reader.at)
}

function utf8(content: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    throw malformed('a text is not UTF-8')
  }
}

function malformed(why: string): AwsError {
  return new AwsError({
    code: 'SerializationException',
    message: `The body is not CBOR that can be read: ${why}.`,
  })
}
