import { HoldfastError } from './errors'

/** One file that a manifest vouches for. */
export interface ManifestEntry {
  /** Relative to the manifest, with forward slashes. */
  path: string
  /** Bytes. */
  size: number
  /** Hex, 64 digits. */
  sha256: string
}

/** What a folder or prefix holds. It is written last, so that what has none is not whole. */
export interface Manifest {
  version: 1
  kind: string
  /** ISO 8601, UTC. */
  createdAt: string
  files: ManifestEntry[]
  [detail: string]: unknown
}

/**
 * @example
 * const manifest = buildManifest({ kind: 'dataset', createdAt: new Date(), files, details: { key } })
 */
export function buildManifest(options: {
  kind: string
  createdAt: Date
  files: ManifestEntry[]
  details?: Record<string, unknown>
}): Manifest {
  const { kind, createdAt, files, details = {} } = options
  return {
    ...details,
    version: 1,
    kind,
    createdAt: createdAt.toISOString(),
    files: sortEntries(files),
  }
}

/** By path in code-unit order, the same on every machine; the input is left alone. */
export function sortEntries(files: readonly ManifestEntry[]): ManifestEntry[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

/**
 * Parses and validates a manifest; every fault is named at once.
 *
 * @example
 * const manifest = parseManifest(await readFile('manifest.json'), 'manifest.json')
 */
export function parseManifest(bytes: Uint8Array | string, where?: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw badManifest(['it is not JSON'], where, cause)
  }
  if (isRecord(value) && typeof value.version === 'number' && value.version > 1)
    throw laterManifest(value.version, where)
  const faults = faultsOf(value)
  if (faults.length > 0) throw badManifest(faults, where)
  return value as Manifest
}

function faultsOf(value: unknown): string[] {
  if (!isRecord(value)) return ['it is not an object']
  const faults: string[] = []
  if (value.version !== 1) {
    faults.push(`version is ${JSON.stringify(value.version) ?? 'missing'}, not 1`)
  }
  if (typeof value.kind !== 'string' || value.kind === '') faults.push('kind is missing')
  if (typeof value.createdAt !== 'string' || Number.isNaN(Date.parse(value.createdAt))) {
    faults.push('createdAt is not a time')
  }
  if (!Array.isArray(value.files)) return [...faults, 'files is not a list']
  const seen = new Set<string>()
  value.files.forEach((entry: unknown, index) => {
    const fault = isRecord(entry) ? entryFault(entry, seen) : 'is not an object'
    if (fault) faults.push(`files[${index}] ${fault}`)
  })
  return faults
}

function entryFault(entry: Record<string, unknown>, seen: Set<string>): string | undefined {
  const { path, size, sha256 } = entry
  if (typeof path !== 'string' || !isInnerPath(path)) {
    return `has the path ${JSON.stringify(path) ?? 'undefined'}, which does not stay inside its folder`
  }
  if (seen.has(path)) return `repeats the path ${JSON.stringify(path)}`
  seen.add(path)
  if (!Number.isSafeInteger(size) || (size as number) < 0) return `(${path}) has no valid size`
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    return `(${path}) has no valid sha256`
  }
  return undefined
}

/** No absolute path, no `..`, no backslash, no NUL: a manifest from outside cannot point elsewhere. */
function isInnerPath(path: string): boolean {
  if (path.includes('\\') || path.includes('\0')) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function laterManifest(version: number, where: string | undefined): HoldfastError {
  return new HoldfastError({
    code: 'E_MANIFEST',
    what: `the manifest is of format ${version}, and this version of Holdfast reads format 1`,
    where,
    hint: 'use the version of Holdfast that wrote it, or a later one',
  })
}

function badManifest(faults: string[], where: string | undefined, cause?: unknown): HoldfastError {
  return new HoldfastError({
    code: 'E_MANIFEST',
    what: `the manifest cannot be trusted: ${faults.slice(0, 10).join('; ')}`,
    where,
    hint: 'run the stage that wrote it again',
    cause,
  })
}
