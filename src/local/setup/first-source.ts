import { HoldfastError, messageOf } from '../../errors'

export interface Source<T> {
  /** For people, such as `GitHub release`. */
  name: string
  /** Undefined: not to be had this way on this machine, silently. */
  get: () => Promise<T | undefined>
}

export interface FirstSource<T> {
  part: string
  sources: readonly Source<T>[]
  /** What the user can do when every source fails. */
  hint: string
  onProgress: (line: string) => void
  signal?: AbortSignal | undefined
}

/** What the first source that works gives; each that fails is named with its reason. */
export async function firstSource<T>(options: FirstSource<T>): Promise<T> {
  const { part, sources, hint, onProgress, signal } = options
  const reasons: string[] = []
  for (const source of sources) {
    signal?.throwIfAborted()
    try {
      const got = await source.get()
      if (got !== undefined) return got
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof HoldfastError && error.code === 'E_DISK_FULL') throw error
      reasons.push(`${source.name}: ${messageOf(error)}`)
      onProgress(`${part}: ${source.name} did not work (${firstLine(messageOf(error))})`)
    }
  }
  throw new HoldfastError({
    code: 'E_SETUP_NO_SOURCE',
    what: `${part} could not be had from any source:\n  ${reasons.join('\n  ') || 'no source for this machine'}`,
    where: part,
    hint,
  })
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? ''
  return line.endsWith(':') ? line.slice(0, -1) : line
}
