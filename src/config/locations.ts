import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { parseDuration } from '../duration'
import type { ModelSource } from './resolved-pipeline'

export type Environment = Record<string, string | undefined>

/** Where relative paths start (the folder of the config), and the variables that give `~`. */
export interface Base {
  baseDir: string
  env: Environment
}

export function isS3(path: string): boolean {
  return path.startsWith('s3://')
}

/** An absolute local path; `~` is the home folder; `s3://` stays. */
export function locate(path: string, { baseDir, env }: Base): string {
  if (isS3(path)) return path
  if (path === '~' || path.startsWith('~/')) return join(env['HOME'] ?? homedir(), path.slice(2))
  return resolve(baseDir, path)
}

/** `./x`, `../x`, `/x`, `~/x`, `s3://…` and names of folders beside the config are directories; the rest are Hub ids. */
export function modelSource(model: string, base: Base): ModelSource {
  const written = isS3(model) || isAbsolute(model) || /^(\.{1,2}|~)(\/|$)/.test(model)
  if (written || isDirectory(resolve(base.baseDir, model))) {
    return { kind: 'directory', path: locate(model, base) }
  }
  const [id = '', ...revision] = model.split('@')
  return revision.length > 0
    ? { kind: 'hub', id, revision: revision.join('@') }
    : { kind: 'hub', id: model }
}

export function isDirectory(path: string): boolean {
  return kindOf(path) === 'directory'
}

/** What lies at a path; undefined when there is nothing, or nothing that can be looked at. */
export function kindOf(path: string): 'file' | 'directory' | 'other' | undefined {
  if (path.includes('\0')) return undefined
  try {
    const stats = statSync(path)
    return stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other'
  } catch {
    return undefined
  }
}

const formats = { csv: 'csv', tsv: 'tsv', tab: 'tsv', jsonl: 'jsonl', ndjson: 'jsonl' } as const

/** The dataset format that the ending of a path says. */
export function formatOf(path: string): 'csv' | 'tsv' | 'jsonl' | undefined {
  const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase()
  return ending !== undefined && Object.hasOwn(formats, ending)
    ? formats[ending as keyof typeof formats]
    : undefined
}

/** 24 hours: the SDK's default of max_run. */
export const defaultMaxRun = parseDuration('24h') ?? 0
