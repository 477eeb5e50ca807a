import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of our package.json, from sources as from dist/: the one place where assets are found. */
export function packageRoot(): string {
  let folder = __dirname
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error(`no package.json above ${__dirname}`)
    folder = parent
  }
  return folder
}
