/** Which files go into the code archive, and under which names. */

import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { basename, join, relative, resolve, sep } from 'node:path'
import { HoldfastError } from '../errors'

/** Never part of a training script: caches, other people's packages, history, our own data. */
const leftOut = new Set(['node_modules', '.git', '__pycache__', '.venv', '.holdfast', '.DS_Store'])

export interface CodeFile {
  /** Path within the archive, with `/`. */
  name: string
  /** Absolute path of a regular file or directory, links resolved. */
  path: string
  stats: Stats
}

/**
 * The files of `sourceDir` at the archive's root and each dependency under its own base name;
 * without a `sourceDir` the script alone. Sorted by name.
 */
export async function listCodeFiles(options: {
  entryPoint: string
  sourceDir?: string | undefined
  dependencies?: string[] | undefined
}): Promise<CodeFile[]> {
  const { entryPoint, sourceDir } = options
  await checkEntryPoint(entryPoint, sourceDir)
  const own =
    sourceDir === undefined
      ? [await fileOf(resolve(entryPoint), basename(entryPoint))]
      : await walk(await realpath(sourceDir), '')
  const added = await Promise.all((options.dependencies ?? []).map(dependencyFiles))
  const byName = new Map([...own, ...added.flat()].map((file) => [file.name, file]))
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function checkEntryPoint(entryPoint: string, sourceDir: string | undefined): Promise<void> {
  const path = sourceDir === undefined ? resolve(entryPoint) : resolve(sourceDir, entryPoint)
  if (sourceDir !== undefined && !path.startsWith(resolve(sourceDir) + sep)) {
    throw new HoldfastError({
      code: 'E_ENTRY_POINT',
      what: `the entry point ${entryPoint} lies outside the source directory`,
      where: 'entryPoint',
      hint: `move it below ${sourceDir}, or set sourceDir to a folder that holds it`,
    })
  }
  if (
    await stat(path).then(
      (found) => found.isFile(),
      () => false,
    )
  )
    return
  throw new HoldfastError({
    code: 'E_ENTRY_POINT',
    what: `there is no file ${entryPoint}${sourceDir === undefined ? '' : ` in ${sourceDir}`}`,
    where: 'entryPoint',
    hint: 'entryPoint is relative to sourceDir',
  })
}

async function dependencyFiles(path: string): Promise<CodeFile[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new HoldfastError({
      code: 'E_DEPENDENCY',
      what: `there is no file or folder ${path}`,
      where: 'dependencies',
      cause,
    })
  })
  const name = basename(resolve(path))
  if (found.isFile()) return [await fileOf(path, name)]
  const root = await realpath(path)
  return [{ name, path: root, stats: found }, ...(await walk(root, name))]
}

async function walk(root: string, prefix: string, folder = root): Promise<CodeFile[]> {
  const files: CodeFile[] = []
  for (const entry of (await readdir(folder)).sort()) {
    if (leftOut.has(entry)) continue
    const path = join(folder, entry)
    const name = [prefix, ...relative(root, path).split(sep)].filter(Boolean).join('/')
    const stats = await lstat(path)
    if (stats.isSymbolicLink()) {
      files.push(await linkedFile({ root, path, name }))
    } else if (stats.isDirectory()) {
      files.push({ name, path, stats }, ...(await walk(root, prefix, path)))
    } else {
      files.push(await fileOf(path, name))
    }
  }
  return files
}

/** A link within the folder is packed as the file that it names; any other could leak or loop. */
async function linkedFile(link: { root: string; path: string; name: string }): Promise<CodeFile> {
  const target = await realpath(link.path).catch(() => undefined)
  if (target?.startsWith(link.root + sep) && (await stat(target)).isFile()) {
    return fileOf(target, link.name)
  }
  throw new HoldfastError({
    code: 'E_CODE_LINK',
    what: `the link ${link.path} does not lead to a file within ${link.root}`,
    where: 'sourceDir',
    hint: 'replace the link by a copy, or give its target as one of the dependencies',
  })
}

async function fileOf(path: string, name: string): Promise<CodeFile> {
  const stats = await stat(path)
  if (stats.isFile()) return { name, path: await realpath(path), stats }
  throw new HoldfastError({
    code: 'E_CODE_FILE',
    what: `${path} is not a regular file`,
    where: 'sourceDir',
    hint: 'sockets, pipes and devices cannot be packed',
  })
}
