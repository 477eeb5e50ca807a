/** Puts an inference script into a model archive, where the server's container looks for it. */

import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve, sep } from 'node:path'
import { create } from 'tar'
import { unpackArchive } from '../unpack-archive'
import { packCode } from './code-archive'

export interface RepackOptions {
  /** The `model.tar.gz` that the training made, on this machine. */
  modelArchive: string
  entryPoint: string
  /** Replaces the archive's own `code/`; without it the script is added there. */
  sourceDir?: string | undefined
  /** A `sourcedir.tar.gz` in place of `sourceDir`, on this machine; unpacked over `code/`. */
  codeArchive?: string | undefined
  /** Whether `codeArchive` replaces the archive's own `code/`, as a `sourceDir` does. */
  replacesCode?: boolean | undefined
  /** Directories or files for `code/lib/`. */
  dependencies?: string[] | undefined
  outFile: string
}

/**
 * Writes the archive to `outFile`, which the caller has chosen and removes; answers with its members,
 * sorted, folders with a slash at the end.
 *
 * @throws HoldfastError `E_ARCHIVE`, `E_ENTRY_POINT`
 * @example
 * const members = await repackModel({ modelArchive, entryPoint: 'inference.py', sourceDir: './serve', outFile })
 * // ['code/', 'code/inference.py', 'model.safetensors']
 */
export async function repackModel(options: RepackOptions): Promise<string[]> {
  const work = await mkdtemp(join(tmpdir(), 'holdfast-model-'))
  try {
    const model = join(work, 'model')
    await unpackArchive({ archive: options.modelArchive, into: model })
    await addCode({ ...options, code: join(model, 'code'), scratch: work })
    return await packFolder({ folder: model, outFile: options.outFile })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/**
 * Writes what will be `code/`, its `lib/` included, to an archive of its own, so that model and code
 * can be brought together on another machine: by `repackModel`, with this as its `codeArchive`.
 *
 * @throws HoldfastError `E_ARCHIVE`, `E_ENTRY_POINT`, `E_DEPENDENCY`
 * @example
 * await packInferenceCode({ entryPoint: 'inference.py', sourceDir: './serve', outFile })
 * // ['inference.py']
 */
export async function packInferenceCode(
  options: Omit<RepackOptions, 'modelArchive' | 'replacesCode'>,
): Promise<string[]> {
  const work = await mkdtemp(join(tmpdir(), 'holdfast-inference-'))
  try {
    const code = join(work, 'code')
    await addCode({ ...options, code, scratch: work })
    return await packFolder({ folder: code, outFile: options.outFile })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function addCode(
  options: Omit<RepackOptions, 'modelArchive'> & { code: string; scratch: string },
): Promise<void> {
  const { code, codeArchive, replacesCode = false, entryPoint, sourceDir } = options
  if (codeArchive !== undefined) {
    if (replacesCode) await rm(code, { recursive: true, force: true })
    await unpackArchive({ archive: codeArchive, into: code })
  } else {
    if (sourceDir !== undefined) await rm(code, { recursive: true, force: true })
    const outFile = join(options.scratch, 'code.tar.gz')
    await packCode({ entryPoint, sourceDir, outFile })
    await unpackArchive({ archive: outFile, into: code })
  }
  const { dependencies = [] } = options
  const library = join(code, 'lib')
  if (dependencies.length > 0) await mkdir(library, { recursive: true })
  for (const path of dependencies) {
    await cp(path, join(library, basename(resolve(path))), { recursive: true, dereference: true })
  }
}

/** Sorted, without times, and with plain permissions, so that the same files give the same archive. */
async function packFolder(options: { folder: string; outFile: string }): Promise<string[]> {
  const { folder, outFile } = options
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const members: string[] = []
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path).split(sep).join('/')
    members.push(entry.isDirectory() ? `${name}/` : name)
    // What the archive said was cut by this machine's umask.
    const executable = ((await stat(path)).mode & 0o100) !== 0
    await chmod(path, executable ? 0o755 : 0o644)
  }
  members.sort()
  await create(
    {
      file: outFile,
      gzip: true,
      cwd: folder,
      portable: true,
      noDirRecurse: true,
      mtime: new Date(0),
    },
    // A name that starts with @ would be read as an archive to take members from.
    members.map((name) => (name.startsWith('@') ? `./${name}` : name)),
  )
  return members
}
