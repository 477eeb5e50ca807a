import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { packageRoot } from '../../src/package-root'

/** One change to one file of the production code, as it is built. */
export interface Patch {
  /** Below the package's root: a `.js` of `dist/`, or a `.py` of `training/`. */
  file: string
  /** Must be there exactly once, white space apart. */
  find: string
  replace: string
  /** Every place that has it, instead of exactly one. */
  everywhere?: boolean
}

export interface MutatedTree {
  root: string
  remove: () => void
}

/** What is copied, because it may be patched; the rest are links. */
const copied = ['dist', 'training']

/**
 * A copy of this build with patches applied; workers that are started from it run the patched code.
 *
 * @throws Error when a patch does not fit any more: the code has changed, and the patch must follow
 */
export async function mutateTree(patches: readonly Patch[]): Promise<MutatedTree> {
  const source = packageRoot()
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-mutant-')))
  const remove = () => rmSync(root, { recursive: true, force: true })
  try {
    for (const entry of readdirSync(source)) {
      if (copied.includes(entry))
        cpSync(join(source, entry), join(root, entry), { recursive: true, dereference: true })
      else if (!entry.startsWith('.')) symlinkSync(join(source, entry), join(root, entry))
    }
    for (const patch of patches) {
      const path = join(root, patch.file)
      writeFileSync(path, patched({ text: readFileSync(path, 'utf8'), patch }))
    }
    // Workflows run from their bundle.
    if (patches.some(({ file }) => /^dist\/(workflows|src)\//.test(file))) {
      mkdirSync(join(root, 'dist'), { recursive: true })
      await promisify(execFile)(process.execPath, [join(root, 'dist', 'src', 'build.js')])
    }
    return { root, remove }
  } catch (error) {
    remove()
    throw error
  }
}

/** The text with the patch in it. */
export function patched({ text, patch }: { text: string; patch: Patch }): string {
  const pattern = new RegExp(
    patch.find
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('\\s+'),
    'g',
  )
  const places = text.match(pattern)?.length ?? 0
  if (places === 0 || (places > 1 && !patch.everywhere))
    throw new Error(`${patch.file} has ${places} places like: ${patch.find}`)
  return text.replace(pattern, () => patch.replace)
}
