import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/** A file of this machine, and what the Hub will say of it, whichever way it keeps it. */
export interface HubFile {
  /** In the repository. */
  path: string
  /** Absolute, of this machine. */
  from: string
  size: number
  sha256: string
  /** What git calls these bytes. */
  gitOid: string
}

/** What the tree of a commit says of a file. */
export interface TreeEntry {
  path: string
  oid?: string
  lfs?: { oid: string }
}

export async function hubFile(options: {
  path: string
  from: string
  size: number
}): Promise<HubFile> {
  const { path, from, size } = options
  const [sha256, gitOid] = [createHash('sha256'), createHash('sha1').update(`blob ${size}\0`)]
  await pipeline(createReadStream(from), async function (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      sha256.update(chunk)
      gitOid.update(chunk)
    }
  })
  return { path, from, size, sha256: sha256.digest('hex'), gitOid: gitOid.digest('hex') }
}

/** Of the files wanted, the first that the tree has not, or has with other bytes; null: it has them all. */
export function firstDifference(options: {
  wanted: readonly HubFile[]
  tree: readonly TreeEntry[]
}): string | null {
  const byPath = new Map(options.tree.map((entry) => [entry.path, entry]))
  const differs = options.wanted.find((file) => {
    const entry = byPath.get(file.path)
    return entry?.lfs ? entry.lfs.oid !== file.sha256 : entry?.oid !== file.gitOid
  })
  return differs?.path ?? null
}
