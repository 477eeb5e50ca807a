/** For `readFile(path).catch(undefinedIfMissing)`: a file that is not there is no error. */
export function undefinedIfMissing(error: unknown): undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
  throw error
}
