/** Where a training script, its folder and its dependencies lie in a checkout: never outside it. */

import { readdir, realpath, stat } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import { HoldfastError } from '../errors'

/** Paths relative to the repository; the entry point to `sourceDir`, where there is one. */
export interface SourcePaths {
  entryPoint: string
  sourceDir?: string
  dependencies?: string[]
}

/**
 * The same paths, absolute and free of links.
 *
 * @example
 * const source = { entryPoint: 'run_glue.py', sourceDir: './examples/text-classification' }
 * const { sourceDir } = await locateSource({ folder: clone.folder, source })
 */
export async function locateSource({
  folder,
  source,
}: {
  folder: string
  source: SourcePaths
}): Promise<SourcePaths> {
  const { entryPoint, sourceDir, dependencies } = source
  const root = await realpath(folder)
  const home = await inside({ root, path: sourceDir ?? '.', field: 'sourceDir' })
  const script = await locateScript(home, entryPoint)
  const located = dependencies?.map((path) => inside({ root, path, field: 'dependencies' }))
  return {
    ...(sourceDir === undefined ? { entryPoint: script } : { entryPoint, sourceDir: home }),
    ...(located && { dependencies: await Promise.all(located) }),
  }
}

interface Place {
  root: string
  path: string
  field: 'sourceDir' | 'dependencies'
}

async function inside({ root, path, field }: Place): Promise<string> {
  const place = await realpath(resolve(root, path)).catch(() => undefined)
  const code = field === 'sourceDir' ? 'E_SOURCE_DIR' : 'E_DEPENDENCY'
  if (place === undefined || (field === 'sourceDir' && !(await stat(place)).isDirectory())) {
    const found = await listIn(root, (entry) => entry.isDirectory())
    throw new HoldfastError({
      code,
      what: `the repository has no ${field === 'sourceDir' ? 'folder' : 'file or folder'} ${path}`,
      where: field,
      hint: `paths are relative to the repository; its folders: ${found}`,
    })
  }
  if (isBelow(root, place) && relative(root, place).split(sep)[0] !== '.git') return place
  const hint = 'name a path within it; links that lead out of it are not followed'
  throw new HoldfastError({ code, what: `${path} lies outside the repository`, where: field, hint })
}

async function locateScript(home: string, entryPoint: string): Promise<string> {
  const path = resolve(home, entryPoint)
  if (!isBelow(home, path)) throw badScript(`${entryPoint} lies outside the source directory`)
  if (!entryPoint.endsWith('.py')) throw badScript(`${entryPoint} is not a Python script`)
  const script = await realpath(path).catch(() => undefined)
  if (script === undefined || !(await stat(script)).isFile()) {
    const found = await listIn(home, (entry) => entry.name.endsWith('.py'))
    throw badScript(`there is no file ${entryPoint} in the source directory`, found)
  }
  if (!isBelow(home, script)) throw badScript(`${entryPoint} is a link out of the source directory`)
  return script
}

function badScript(what: string, found?: string): HoldfastError {
  const scripts = found === undefined ? '' : `; scripts there: ${found}`
  const hint = `entryPoint is relative to sourceDir and ends in .py${scripts}`
  return new HoldfastError({ code: 'E_ENTRY_POINT', what, where: 'entryPoint', hint })
}

function isBelow(root: string, path: string): boolean {
  return path === root || path.startsWith(root + sep)
}

/** The first twelve names, sorted. */
async function listIn(
  folder: string,
  isWanted: (entry: { name: string; isDirectory(): boolean }) => boolean,
): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.name !== '.git' && isWanted(entry))
  const sorted = names.map(({ name }) => name).sort()
  const more = sorted.length > 12 ? ', …' : ''
  return sorted.length === 0 ? 'none' : `${sorted.slice(0, 12).join(', ')}${more}`
}
