import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { messageOf } from '../errors'
import { checkConsistency } from './check-consistency'
import { checkFiles } from './check-files'
import { checkSecrets, suspectVariables } from './check-secrets'
import { explainIssues } from './explain-issues'
import { ConfigError, formatPath } from './fault'
import type { ConfigFault, Finding } from './fault'
import { isModule, loadModule } from './load-module'
import type { Environment } from './locations'
import { parseYaml } from './parse-yaml'
import type { ParsedYaml } from './parse-yaml'
import { pipelineSchema } from './pipeline-schema'
import { rawConfig } from './raw'
import { resolvePipeline } from './resolve-pipeline'
import type { ResolvedPipeline } from './resolved-pipeline'
import { cutSecrets } from './secrets'

/** 1 MiB; a config of a few kilobytes is a long one. */
const largestConfig = 1024 * 1024

export interface LoadedPipeline {
  pipeline: ResolvedPipeline
  /** Sentences about what is allowed but rarely meant. */
  warnings: string[]
}

/**
 * Reads a config (YAML, or a JavaScript or TypeScript module), checks everything that can be
 * checked without the network, and throws a ConfigError that holds every fault. Creates nothing.
 *
 * @example
 * const { pipeline, warnings } = await loadPipeline({ path: 'pipeline.yaml' })
 */
export async function loadPipeline({
  path,
  env = process.env,
}: {
  path: string
  env?: Environment
}): Promise<LoadedPipeline> {
  const baseDir = dirname(resolve(path))
  if (isModule(path)) {
    await readConfig(path)
    return check({ file: path, baseDir, env, source: {}, ...(await loadModule(path)) })
  }
  return parsePipeline({ text: await readConfig(path), file: path, baseDir, env })
}

/** The same for the text of a YAML file that is already in memory. */
export function parsePipeline({
  text,
  file,
  baseDir,
  env = process.env,
}: {
  text: string
  file: string
  baseDir: string
  env?: Environment
}): LoadedPipeline {
  const yaml = parseYaml(text)
  return check({
    file,
    baseDir,
    env,
    value: yaml.value,
    findings: yaml.findings,
    source: { yaml, lines: text.split(/\r?\n/) },
  })
}

interface Source {
  yaml?: ParsedYaml
  lines?: string[]
}

interface Check {
  file: string
  baseDir: string
  env: Environment
  value: unknown
  findings: Finding[]
  source: Source
}

function check({ file, baseDir, env, value, findings, source }: Check): LoadedPipeline {
  const base = { baseDir, env }
  const fail = (all: Finding[]) => new ConfigError({ file, faults: toFaults(all, file, source) })
  if (value === undefined) throw fail(findings)
  if (value === null)
    throw fail([
      {
        path: [],
        message: 'the file is empty',
        hint: 'holdfast init --entry-point train.py writes one',
      },
    ])
  const raw = rawConfig(value)
  const parsed = pipelineSchema.safeParse(value)
  const files = checkFiles(raw, base)
  const issues = parsed.success
    ? []
    : explainIssues({
        issues: parsed.error.issues,
        input: value,
        ...(source.yaml ? { sourceOf: source.yaml.sourceOf } : {}),
      })
  const all = onePerPlace([
    ...findings,
    ...issues,
    ...checkConsistency(raw),
    ...files.findings,
    ...checkSecrets(raw),
  ])
  if (all.length > 0 || !parsed.success) throw fail(all)
  return {
    pipeline: resolvePipeline({ config: parsed.data, ...base }),
    warnings: [
      ...files.warnings,
      ...suspectVariables(raw).map(
        (name) => `train.environment.${name} looks like a secret; refer to it as env:${name}`,
      ),
    ],
  }
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

function toFaults(findings: Finding[], file: string, { yaml, lines }: Source): ConfigFault[] {
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
      ...(sourceLine === undefined ? {} : { sourceLine: printable(sourceLine) }),
    }
  })
  return faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}

/** No secrets, no terminal escapes; tabs become spaces so that the caret stays under its word. */
function printable(text: string): string {
  return cutSecrets(text)
    .replace(/\t/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd')
    .slice(0, 2000)
}

async function readConfig(path: string): Promise<string> {
  const fault = (message: string, hint?: string) =>
    new ConfigError({
      file: path,
      faults: [{ file: path, path: '', message, ...(hint ? { hint } : {}) }],
    })
  try {
    // Looked at first: opening a named pipe would wait for a writer.
    const stats = await stat(path)
    if (!stats.isFile()) throw fault('not a file')
    if (stats.size > largestConfig)
      throw fault('larger than 1 MiB', 'hyperparameters of that size belong in a file of sourceDir')
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path))
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT')
      throw fault(
        'no such file',
        'holdfast init --entry-point train.py writes one; -f FILE names another',
      )
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw fault('not UTF-8')
    throw fault(`cannot be read: ${messageOf(error)}`)
  }
}
