import { join } from 'node:path'
import type { ResolvedPipeline } from '../config/resolved-pipeline'
import { HoldfastError } from '../errors'
import type { ScriptWarning } from '../init/script-warning'
import type { Colors } from './colors'

/**
 * What the training script will silently get wrong in the container. Needs Python to read the
 * script, and is passed over where there is none; a script that is not valid Python is refused, and
 * so is code that cannot be packed, such as a link that leads out of it. One
 * in S3 or in a git repository is not here to be read: of the latter only its name tells something.
 */
export async function scriptWarnings(options: {
  pipeline: ResolvedPipeline
  env: NodeJS.ProcessEnv
}): Promise<ScriptWarning[]> {
  const { pipeline, env } = options
  const { sourceDir, entryPoint, gitConfig } = pipeline.train
  if (gitConfig) {
    const { checkGitScript } = await import('../init/git-script-check.js')
    return checkGitScript(pipeline.train)
  }
  if (sourceDir.startsWith('s3://') || !entryPoint.endsWith('.py')) return []
  const { listCodeFiles } = await import('../estimator/code-files.js')
  await listCodeFiles(pipeline.train)
  const { readScriptFlags } = await import('../init/read-script-flags.js')
  const { checkScript } = await import('../init/script-checks.js')
  try {
    const script = await readScriptFlags({ path: join(sourceDir, entryPoint), env })
    return checkScript({ pipeline, script })
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'E_NO_PYTHON') return []
    throw error
  }
}

/** A warning and what to do about it, a line each. */
export function formatScriptWarnings(warnings: ScriptWarning[], colors: Colors): string[] {
  return warnings.map(({ message, hint }) => `${colors.yellow('warning:')} ${message} (${hint})`)
}
