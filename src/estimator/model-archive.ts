/** Puts an inference script into a model archive, where the server's container looks for it. */

import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
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
    return await packModel({ model, outFile: options.outFile })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function addCode(options: RepackOptions & { code: string; scratch: string }): Promise<void> {
  const { code, codeArchive, entryPoint, sourceDir, dependencies = [] } = options
  if (codeArchive !== undefined) {
    await unpackArchive({ archive: codeArchive, into: code })
  } else {
    if (sourceDir !== undefined) await rm(code, { recursive: true, force: true })
    const outFile = join(options.scratch, 'code.tar.gz')
    await packCode({ entryPoint, sourceDir, outFile })
    await unpackArchive({ archive: outFile, into: code })
  }
  const library = join(code, 'lib')
  if (dependencies.length > 0) await mkdir(library, { recursive: true })
  for (const path of dependencies) {
    await cp(path, join(library, basename(resolve(path))), { recursive: true, dereference: true })
  }
}

/** Sorted and without times, so that the same files give the same archive. */
async function packModel(options: { model: string; outFile: string }): Promise<string[]> {
  const { model, outFile } = options
  const entries = await readdir(model, { recursive: true, withFileTypes: true })
  const members = entries
    .map((entry) => {
      const name = relative(model, join(entry.parentPath, entry.name)).split(sep).join('/')
      return entry.isDirectory() ? `${name}/` : name
    })
    .sort()
  await create(
    {
      file: outFile,
      gzip: true,
      cwd: model,
      portable: true,
      noDirRecurse: true,
      mtime: new Date(0),
    },
    // A name that starts with @ would be read as an archive to take members from.
    members.map((name) => (name.startsWith('@') ? `./${name}` : name)),
  )
  return members
}
