import { messageOf } from '../errors'
import type { ExplainedError } from './explain-error'

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** What the system refuses, in words. */
const refusals: Record<string, string> = {
  ENOENT: 'it is not there',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'what should be a folder is a file',
  EISDIR: 'what should be a file is a folder',
  EEXIST: 'something else is there already',
  ENAMETOOLONG: 'the name is too long',
}

/** An error of the file system, which is no fault of Holdfast; undefined for all others. */
export function explainFileError(error: unknown): ExplainedError | undefined {
  const { code = '', path, syscall } = (error ?? {}) as Partial<NodeJS.ErrnoException>
  if (full.has(code)) {
    return {
      code: 'E_DISK_FULL',
      what: 'there is no room left to write',
      where: path ?? messageOf(error),
      hint: 'free some space, or use another disk: `--data-dir` for the local platform, HOLDFAST_CACHE for the set-up',
    }
  }
  const why = Object.hasOwn(refusals, code) ? refusals[code] : undefined
  if (why === undefined || typeof path !== 'string' || !syscall) return undefined
  return {
    code: 'E_FILE_ACCESS',
    what: `a file or folder cannot be used: ${why}`,
    where: path,
    hint:
      code === 'ENOENT'
        ? 'look at its name: paths that are given to commands are relative to the folder of the shell'
        : 'look at its owner and permissions, or name another place',
  }
}
