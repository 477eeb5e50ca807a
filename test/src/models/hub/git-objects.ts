/** Names of git's objects, computed as git does. */
import { createHash } from 'node:crypto'

export function gitOid(type: 'blob' | 'tree' | 'commit', body: Buffer): string {
  return createHash('sha1').update(`${type} ${body.length}\0`).update(body).digest('hex')
}

/** Of files by their paths. */
export function treeOid(files: ReadonlyMap<string, string>): string {
  const entries = new Map<string, { mode: string; oid: string }>()
  const folders = new Map<string, Map<string, string>>()
  for (const [path, oid] of files) {
    const slash = path.indexOf('/')
    if (slash < 0) entries.set(path, { mode: '100644', oid })
    else {
      const [name, rest] = [path.slice(0, slash), path.slice(slash + 1)]
      folders.set(name, (folders.get(name) ?? new Map<string, string>()).set(rest, oid))
    }
  }
  for (const [name, inner] of folders) entries.set(name, { mode: '40000', oid: treeOid(inner) })
  // Git sorts a folder as if its name ended in a slash.
  const key = (name: string, mode: string) => Buffer.from(mode === '40000' ? `${name}/` : name)
  const sorted = [...entries].sort(([a, { mode: x }], [b, { mode: y }]) =>
    Buffer.compare(key(a, x), key(b, y)),
  )
  const parts = sorted.flatMap(([name, { mode, oid }]) => [
    Buffer.from(`${mode} ${name}\0`),
    Buffer.from(oid, 'hex'),
  ])
  return gitOid('tree', Buffer.concat(parts))
}

/** What git keeps in place of a file of LFS. */
export function lfsPointer({ sha256, size }: { sha256: string; size: number }): Buffer {
  return Buffer.from(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${size}\n`,
  )
}
