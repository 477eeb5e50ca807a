/** Builds archives that no honest tool would write. */
import { gzipSync } from 'node:zlib'

import { Header, type HeaderData } from 'tar'

export interface TarEntry extends HeaderData {
  path: string
  body?: Buffer | string
}

/** @example tarGz([{ path: '../escape', body: 'x' }]) */
export function tarGz(entries: TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ body = '', ...data }) => {
    const bytes = Buffer.from(body)
    const header = Buffer.alloc(512)
    const fields = { mode: 0o644, size: bytes.length, type: 'File' as const, ...data }
    new Header(fields).encode(header, 0)
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}
