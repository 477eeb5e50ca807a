import { checkDeploy, deployWarnings } from './check-deploy'
import { checkDeployFiles } from './check-deploy-files'
import { checkSecrets } from './check-secrets'
import { judgeSource, readSource } from './config-source'
import type { ConfigKind } from './config-source'
import { deploySchema } from './deploy-schema'
import { ConfigError } from './fault'
import type { Environment } from './locations'
import { rawConfig } from './raw'
import { resolveDeploy } from './resolve-deploy'
import type { ResolvedDeployment } from './resolve-deploy'

export interface LoadedDeployment {
  deployment: ResolvedDeployment
  /** Sentences about what is allowed but rarely meant. */
  warnings: string[]
}

const deployKind: ConfigKind<typeof deploySchema> = {
  schema: deploySchema,
  remedy: 'docs/config.md has an example of a deploy.yaml',
  define: 'defineDeploy',
  keepsFloats: () => false,
}

/**
 * Reads a deployment (YAML, or a JavaScript or TypeScript module), checks everything that can be
 * checked without the network, and throws a ConfigError that holds every fault. Creates nothing.
 *
 * @example
 * const { deployment, warnings } = await loadDeploy({ path: 'deploy.yaml' })
 */
export async function loadDeploy({
  path,
  env = process.env,
}: {
  path: string
  env?: Environment
}): Promise<LoadedDeployment> {
  const source = await readSource({ path, kind: deployKind })
  const base = { baseDir: source.baseDir, env }
  const raw = rawConfig(source.value)
  const { config, faults } = judgeSource({
    source,
    kind: deployKind,
    known: checkSecrets(raw),
    checks: [...checkDeploy(raw), ...checkDeployFiles(raw, base)],
  })
  if (!config) throw new ConfigError({ file: path, faults })
  return { deployment: resolveDeploy({ config, base }), warnings: deployWarnings(raw) }
}
