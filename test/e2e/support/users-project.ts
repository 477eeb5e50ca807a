import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

import { packageRoot } from '../../../src/package-root'

/**
 * A project that depends on Holdfast, as `npm install` would leave it, with examples compiled in it
 * as a user compiles them. Returns the folder of the JavaScript.
 *
 * @example
 * const dist = makeUsersProject({ folder: join(quick.folder, 'project'), examples: ['client.ts'] })
 */
export function makeUsersProject(options: {
  /** Does not exist yet. */
  folder: string
  /** Files below `examples/`. */
  examples: string[]
}): string {
  const { folder, examples } = options
  const root = packageRoot()
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(root, join(folder, 'node_modules', 'holdfast'))
  for (const name of ['@aws-sdk', '@temporalio', '@types'])
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  for (const file of examples) cpSync(join(root, 'examples', file), join(folder, file))
  const dist = join(folder, 'dist')
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const how = '--ignoreConfig --rootDir . --module nodenext --target es2022 --strict --types node'
  const args = [...how.split(' '), '--skipLibCheck', '--outDir', dist, ...examples]
  try {
    execFileSync(tsc, args, { cwd: folder, encoding: 'utf8', timeout: 240_000 })
  } catch (error) {
    throw new Error((error as { stdout?: string }).stdout, { cause: error })
  }
  return dist
}
