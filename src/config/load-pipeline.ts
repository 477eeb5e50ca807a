import { statSync } from 'node:fs'
import { checkConsistency, consistencyWarnings } from './check-consistency'
import { checkOwnArguments } from './check-estimator'
import { checkFiles } from './check-files'
import { checkSchedule, scheduleWarnings } from './check-schedule'
import { checkSecrets } from './check-secrets'
import { judgeSource, parseSource, readSource } from './config-source'
import type { ConfigKind, ConfigSource } from './config-source'
import { ConfigError } from './fault'
import type { ConfigFault } from './fault'
import type { Environment } from './locations'
import { pipelineSchema } from './pipeline-schema'
import { rawConfig } from './raw'
import type { Raw } from './raw'
import { resolvePipeline } from './resolve-pipeline'
import { resolveSchedule } from './resolve-schedule'
import type { ResolvedPipeline } from './resolved-pipeline'
import type { ResolvedSchedule } from '../nightly-state'

export interface LoadedPipeline {
  pipeline: ResolvedPipeline
  /** When it runs by itself; no part of the pipeline, so that changing it changes no run's id. */
  schedule: ResolvedSchedule | null
  /** Sentences about what is allowed but rarely meant. */
  warnings: string[]
}

/** Either `loaded` or at least one fault; `raw` is what the file says, sane or not. */
export interface JudgedPipeline {
  raw: Raw
  faults: ConfigFault[]
  loaded?: LoadedPipeline
}

/** Where values go to Python as they are written. */
const reachesScript = [
  ['train', 'hyperparameters'],
  ['train', 'distribution', 'smdistributed', 'modelparallel', 'parameters'],
]

export const pipelineKind: ConfigKind<typeof pipelineSchema> = {
  schema: pipelineSchema,
  remedy: 'holdfast init --entry-point train.py writes one',
  define: 'definePipeline',
  keepsFloats: (path) =>
    reachesScript.some((start) => start.every((part, at) => path[at] === part)),
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
  return orThrow(path, judgePipeline(await readSource({ path, kind: pipelineKind }), env))
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
  return orThrow(file, judgePipeline(parseSource({ text, file, baseDir, kind: pipelineKind }), env))
}

/** The checks alone: for a sweep, which reports the faults of two files together. */
export function judgePipeline(source: ConfigSource, env: Environment): JudgedPipeline {
  const base = { baseDir: source.baseDir, env }
  const raw = rawConfig(source.value)
  const files = checkFiles(raw, base)
  const { config, faults } = judgeSource({
    source,
    kind: pipelineKind,
    known: [...checkSecrets(raw), ...checkOwnArguments(raw)],
    checks: [...checkConsistency(raw), ...checkSchedule(raw), ...files.findings],
  })
  if (config === undefined) return { raw, faults }
  const schedule = resolveSchedule(config)
  const loaded = {
    pipeline: resolvePipeline({ config, ...base, written: originOf(source.file) }),
    schedule,
    warnings: [
      ...files.warnings,
      ...consistencyWarnings(raw),
      ...(schedule
        ? scheduleWarnings({ schedule, publishes: config.publish !== undefined, now: new Date() })
        : []),
    ],
  }
  return { raw, faults, loaded }
}

/** Of prices that a config holds: the date on which it was last changed, or today's for a mere text. */
function originOf(file: string): { source: string; readAt: string } {
  const changed = statSync(file, { throwIfNoEntry: false })?.mtime ?? new Date()
  return { source: file, readAt: changed.toISOString().slice(0, 10) }
}

function orThrow(file: string, { faults, loaded }: JudgedPipeline): LoadedPipeline {
  if (loaded === undefined) throw new ConfigError({ file, faults })
  return loaded
}
