import { createReadStream } from 'node:fs'

import { canonicalJson, sha256 } from '../aws/names'
import { hashSource } from '../dataset/hash-source'
import { listCodeFiles } from './code-files'

/**
 * A hash of what the code archive would hold: names, bytes and executable bits. The archive's own
 * hash would also change with the release of zlib that packs it, and so with the worker's Node.
 *
 * @example
 * const code = await hashCode({ entryPoint: 'train.py', sourceDir: './scripts' })
 */
export async function hashCode(options: {
  entryPoint: string
  sourceDir: string
  dependencies?: string[]
  signal?: AbortSignal | undefined
}): Promise<string> {
  const { signal, ...code } = options
  const members: unknown[] = []
  for (const { name, path, stats } of await listCodeFiles(code)) {
    if (stats.isDirectory()) members.push([`${name}/`])
    else {
      const bytes = await hashSource({ source: createReadStream(path), signal })
      members.push([name, bytes, (stats.mode & 0o100) !== 0])
    }
  }
  return sha256(canonicalJson(members))
}
