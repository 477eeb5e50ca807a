import { firstBrokenByte } from './scan-utf8'

/** Decodes one line; `broken` is the file offset of its first byte that is not UTF-8. */
export function decodeLine(options: {
  bytes: Buffer
  /** Of the line in the file. */
  offset: number
  encoding: 'utf-8' | 'latin-1'
}): { text: string; broken: number | undefined } {
  const { bytes, offset, encoding } = options
  if (encoding === 'latin-1') return { text: bytes.toString('latin1'), broken: undefined }
  const broken = firstBrokenByte(bytes)
  const hasBom = offset === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return {
    text: bytes.toString('utf8', hasBom ? 3 : 0),
    broken: broken === undefined ? undefined : offset + broken,
  }
}
