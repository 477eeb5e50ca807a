/** Files that are whole or absent, whenever the process is killed. */

import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes temp + fsync + rename + fsync of the folder: a reader never sees half a file. */
export async function writeDurably(options: { file: string; text: string }): Promise<void> {
  const { file, text } = options
  const folder = dirname(file)
  await mkdir(folder, { recursive: true })
  const temporary = `${file}.tmp`
  // A request's Environment may hold secrets.
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
  const directory = await open(folder, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** `undefined` when the error means that a file or folder is not there. */
export function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
  throw error
}

export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code
}
