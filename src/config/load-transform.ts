import { deployWarnings } from './check-deploy'
import { checkDeployFiles } from './check-deploy-files'
import { checkSecrets } from './check-secrets'
import { checkTransform } from './check-transform'
import { judgeSource, readSource } from './config-source'
import type { ConfigKind } from './config-source'
import { ConfigError } from './fault'
import type { Environment } from './locations'
import { rawConfig } from './raw'
import { resolveTransform } from './resolve-transform'
import type { ResolvedTransform } from './resolve-transform'
import { transformSchema } from './transform-schema'

export interface LoadedTransform {
  transform: ResolvedTransform
  /** Sentences about what is allowed but rarely meant. */
  warnings: string[]
}

const transformKind: ConfigKind<typeof transformSchema> = {
  schema: transformSchema,
  remedy: 'docs/config.md has an example of a transform.yaml',
  define: 'defineTransform',
  keepsFloats: () => false,
}

/**
 * Reads a batch transform (YAML, or a JavaScript or TypeScript module), checks everything that can be
 * checked without the network, and throws a ConfigError that holds every fault. Creates nothing.
 *
 * @example
 * const { transform, warnings } = await loadTransform({ path: 'transform.yaml' })
 */
export async function loadTransform({
  path,
  env = process.env,
}: {
  path: string
  env?: Environment
}): Promise<LoadedTransform> {
  const source = await readSource({ path, kind: transformKind })
  const base = { baseDir: source.baseDir, env }
  const raw = rawConfig(source.value)
  const { config, faults } = judgeSource({
    source,
    kind: transformKind,
    checks: [...checkTransform(raw, base), ...checkDeployFiles(raw, base), ...checkSecrets(raw)],
  })
  if (!config) throw new ConfigError({ file: path, faults })
  return { transform: resolveTransform({ config, base }), warnings: deployWarnings(raw) }
}
