import { isAbsolute, join } from 'node:path'
import type { ResolvedSweep } from '../sweep/resolved-sweep'
import { checkForeignKeys } from './foreign-sweep-keys'
import { checkSecrets } from './check-secrets'
import { checkSweep, pairWarnings } from './check-sweep'
import { judgeSource, readSource } from './config-source'
import type { ConfigKind } from './config-source'
import { ConfigError } from './fault'
import type { Finding } from './fault'
import { judgePipeline, pipelineKind } from './load-pipeline'
import type { JudgedPipeline } from './load-pipeline'
import { isS3, kindOf, locate } from './locations'
import type { Base, Environment } from './locations'
import { rawConfig } from './raw'
import type { Raw } from './raw'
import { readParameters } from './read-parameters'
import { resolveSweep } from './resolve-sweep'
import { sweepSchema } from './sweep-schema'

export interface LoadedSweep {
  sweep: ResolvedSweep
  /** US dollars per hour by instance type; empty when the file has none. */
  prices: Record<string, number>
  /** Sentences about what is allowed but rarely meant, in both files. */
  warnings: string[]
}

const valueKeys = ['value', 'values', 'when', 'min', 'max']

const sweepKind: ConfigKind<typeof sweepSchema> = {
  schema: sweepSchema,
  remedy: 'docs/config.md has an example of a sweep.yaml',
  define: 'defineSweep',
  keepsFloats: ([section, , key]) =>
    section === 'parameters' && typeof key === 'string' && valueKeys.includes(key),
}

/**
 * Reads a sweep (YAML, or a JavaScript or TypeScript module) and the pipeline that it names, checks
 * everything that can be checked without the network, and throws a ConfigError that holds every
 * fault of both files. Creates nothing.
 *
 * @example
 * const { sweep, prices, warnings } = await loadSweep({ path: 'sweep.yaml' })
 */
export async function loadSweep({
  path,
  env = process.env,
}: {
  path: string
  env?: Environment
}): Promise<LoadedSweep> {
  const source = await readSource({ path, kind: sweepKind })
  const raw = rawConfig(source.value)
  const pipeline = await readPipeline({ raw, file: path, base: { baseDir: source.baseDir, env } })
  const read = readParameters(raw)
  const checks = checkSweep({ raw, pipeline: pipeline.judged?.raw, read })
  const { config, faults } = judgeSource({
    source,
    kind: sweepKind,
    known: [...checkSecrets(raw), ...checkForeignKeys(raw)],
    checks: [...pipeline.findings, ...checks.findings],
  })
  const all = [...faults, ...(pipeline.judged?.faults ?? [])]
  const loaded = pipeline.judged?.loaded
  if (!config || !loaded || checks.runCap === undefined)
    throw new ConfigError({ file: path, faults: all })
  return {
    sweep: resolveSweep({
      config,
      pipeline: loaded.pipeline,
      parameters: read.parameters,
      runCap: checks.runCap,
    }),
    prices: config.prices,
    warnings: [
      ...checks.warnings,
      ...pairWarnings({ raw, pipeline: loaded.pipeline }),
      ...loaded.warnings.map((warning) => `${pipeline.file}: ${warning}`),
    ],
  }
}

interface NamedPipeline {
  /** As faults name it: relative to where the sweep's own path is relative to. */
  file: string
  findings: Finding[]
  judged?: JudgedPipeline
}

async function readPipeline({
  raw,
  file,
  base,
}: {
  raw: Raw
  file: string
  base: Base
}): Promise<NamedPipeline> {
  const written = raw.text('pipeline')
  if (written === undefined) return { file: '', findings: [] }
  const refused = (message: string, hint: string) => ({
    file: written,
    findings: [{ path: ['pipeline'], message, hint }],
  })
  if (isS3(written) || written.includes('://'))
    return refused('not a local file', 'the pipeline file must lie beside the sweep')
  const place = locate(written, base)
  const kind = kindOf(place)
  if (kind !== 'file') {
    const found = kind === undefined ? 'no such file' : `a ${kind}, not a file`
    return refused(`${found}: ${place}`, 'the pipeline file, relative to this file')
  }
  const shown = isAbsolute(written) || written.startsWith('~') ? place : join(file, '..', written)
  const source = await readSource({ path: shown, kind: pipelineKind })
  return { file: shown, findings: [], judged: judgePipeline(source, base.env) }
}
