/** Just enough CBOR (RFC 8949) for clients that speak nothing else to read why they are refused. */

/** A map of texts. */
export function encodeCborMap(members: Record<string, string>): Buffer {
  const entries = Object.entries(members)
  return Buffer.concat([
    head({ major: 5, length: entries.length }),
    ...entries.flatMap(([key, value]) => [encodeText(key), encodeText(value)]),
  ])
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([head({ major: 3, length: bytes.length }), bytes])
}

/** Major type in the top three bits; the length in the rest, or in four bytes that follow. */
function head(options: { major: number; length: number }): Buffer {
  const { major, length } = options
  if (length < 24) return Buffer.from([(major << 5) | length])
  const long = Buffer.alloc(5)
  long[0] = (major << 5) | 26
  long.writeUInt32BE(length, 1)
  return long
}
