/** A config file as it was read, and what its schema says of it: the same for every kind of config. */

import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import { messageOf } from '../errors'
import { explainIssues, valueAt } from './explain-issues'
import { formatPath } from './fault'
import type { ConfigFault, ConfigPath, Finding } from './fault'
import { inWrittenOrder } from './in-written-order'
import { isModule, loadModule } from './load-module'
import { parseYaml } from './parse-yaml'
import type { ParsedYaml } from './parse-yaml'
import { cutSecrets, referencePattern } from './secrets'

/** 1 MiB; a config of a few kilobytes is a long one. */
const largestConfig = 1024 * 1024

/** What differs between pipeline.yaml and sweep.yaml. */
export interface ConfigKind<Schema extends z.ZodType = z.ZodType> {
  schema: Schema
  /** What to do without a file, or with an empty one. */
  remedy: string
  /** What a module's default export is made with. */
  define: string
  /** Where `1.0` stays a float, because it reaches the script. */
  keepsFloats: (path: ConfigPath) => boolean
}

export interface ConfigSource {
  file: string
  /** Where the relative paths in it start. */
  baseDir: string
  /** Plain JSON; undefined when it could not be read, null when the file is empty. */
  value: unknown
  findings: Finding[]
  yaml?: ParsedYaml
  lines?: string[]
}

/** Reads YAML, or a JavaScript or TypeScript module. What is wrong with the file becomes a finding. */
export async function readSource({
  path,
  kind,
}: {
  path: string
  kind: ConfigKind
}): Promise<ConfigSource> {
  const text = await readText(path, kind)
  const place = { file: path, baseDir: dirname(resolve(path)) }
  if (typeof text !== 'string') return { ...place, value: undefined, findings: [text] }
  if (isModule(path)) return { ...place, ...(await loadModule(path, kind.define)) }
  return parseSource({ text, kind, ...place })
}

/** The same for the text of a YAML file that is already in memory. */
export function parseSource({
  text,
  file,
  baseDir,
  kind,
}: {
  text: string
  file: string
  baseDir: string
  kind: ConfigKind
}): ConfigSource {
  const yaml = parseYaml(text, kind)
  const { value, findings } = yaml
  return { file, baseDir, value, findings, yaml, lines: text.split(/\r?\n/) }
}

/**
 * All faults of a file: those of its reading, of its schema, and of the `checks` that need two values
 * or the disk. `known` are findings that say more than the schema would in the same place.
 */
export function judgeSource<Schema extends z.ZodType>({
  source,
  kind,
  known = [],
  checks,
}: {
  source: ConfigSource
  kind: ConfigKind<Schema>
  known?: Finding[]
  checks: Finding[]
}): { faults: ConfigFault[]; config: z.output<Schema> | undefined } {
  const { value, findings, yaml } = source
  const refused = (all: Finding[]) => ({ faults: toFaults(all, source), config: undefined })
  if (value === undefined) return refused(findings)
  if (value === null)
    return refused([{ path: [], message: 'the file is empty', hint: kind.remedy }])
  const parsed = kind.schema.safeParse(value)
  const issues = parsed.success
    ? []
    : explainIssues({
        issues: parsed.error.issues,
        schema: kind.schema,
        input: value,
        ...(yaml ? { sourceOf: yaml.sourceOf } : {}),
      })
  const all = onePerPlace([...findings, ...known, ...issues, ...checks])
  if (all.length > 0 || !parsed.success) return refused(all)
  return { faults: [], config: inWrittenOrder({ written: value, parsed: parsed.data }) }
}

/**
 * The first finding of each place: a value of the wrong type need not also be told that it is no
 * date, and a mistyped key is not missing under its right name as well.
 */
function onePerPlace(findings: Finding[]): Finding[] {
  const seen = new Set<string>()
  for (const { path, meant } of findings) {
    if (meant !== undefined) seen.add(formatPath([...path.slice(0, -1), meant]))
  }
  return findings.filter(({ path, offset }) => {
    const key = offset === undefined ? formatPath(path) : `offset ${offset}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function toFaults(findings: Finding[], { file, value, yaml, lines }: ConfigSource): ConfigFault[] {
  const hidden = passwordsIn(value)
  const faults = findings.map((finding): ConfigFault => {
    const { path, message, hint } = finding
    const place = yaml?.locate(finding)
    const sourceLine = place && lines?.[place.line - 1]
    return {
      file,
      ...place,
      path: printable(formatPath(path)),
      message: printable(message),
      ...(hint ? { hint: printable(hint) } : {}),
      ...(sourceLine === undefined || hidden.some((text) => sourceLine.includes(text))
        ? {}
        : { sourceLine: printable(sourceLine) }),
    }
  })
  return faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}

const passwords: ConfigPath[] = [
  ['train', 'gitConfig', 'password'],
  ['train', 'gitConfig', 'token'],
  ['publish', 'hub', 'token'],
  ['feeds', 'mlflow', 'token'],
  ['feeds', 'mlflow', 'password'],
  ['feeds', 'wandb', 'apiKey'],
]

/** No pattern tells a password: the line that holds one is not shown. */
function passwordsIn(value: unknown): string[] {
  const written = passwords.map((path) => valueAt(value, path))
  return written.filter(
    (text): text is string =>
      typeof text === 'string' && text !== '' && !referencePattern.test(text),
  )
}

/** No secrets, no terminal escapes; tabs become spaces so that the caret stays under its word. */
function printable(text: string): string {
  return cutSecrets(text)
    .replace(/\t/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd')
    .slice(0, 2000)
}

/** The text of a file, or why there is none. */
async function readText(path: string, { remedy }: ConfigKind): Promise<string | Finding> {
  const finding = (message: string, hint?: string): Finding => ({ path: [], message, hint })
  try {
    // Looked at first: opening a named pipe would wait for a writer.
    const stats = await stat(path)
    if (!stats.isFile()) return finding('not a file')
    if (stats.size > largestConfig)
      return finding(
        'larger than 1 MiB',
        'hyperparameters of that size belong in a file of sourceDir',
      )
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return finding('no such file', `${remedy}; -f FILE names another`)
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return finding('not UTF-8')
    return finding(`cannot be read: ${messageOf(error)}`)
  }
}
