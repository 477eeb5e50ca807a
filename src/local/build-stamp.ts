import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../package-root'

/** Tells two builds of Holdfast apart, by the bytes of the compiled program; empty when it is not built. */
export function buildStamp(dist = join(packageRoot(), 'dist')): string {
  if (!existsSync(dist)) return ''
  const hash = createHash('sha256')
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  for (const file of files.filter((name) => name.endsWith('.js')).sort())
    hash.update(`${file}\0`).update(readFileSync(join(dist, file)))
  return hash.digest('hex')
}
