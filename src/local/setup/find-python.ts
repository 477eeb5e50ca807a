import { HoldfastError, messageOf } from '../../errors'
import type { SetUpContext } from './context'
import { runCommand } from './run-command'

export interface BasePython {
  command: string
  /** Such as `3.11.7`. */
  version: string
}

/** Versions that the locks cover; 3.12 first, as SageMaker's images use it. */
const candidates = ['python3.12', 'python3.13', 'python3.11', 'python3.10', 'python3']

/** The first patch releases with the `data` filter of tarfile, without which no archive is safely unpacked. */
const leastPatch: Record<number, number> = { 10: 12, 11: 4 }

/** Finds a Python 3.10 to 3.13, the one that HOLDFAST_BASE_PYTHON names if it is set. */
export async function findPython(
  context: Pick<SetUpContext, 'env' | 'signal'>,
  askVersion: (command: string) => Promise<string> = (command) => versionOf(command, context),
): Promise<BasePython> {
  const wanted = context.env['HOLDFAST_BASE_PYTHON']
  const found: string[] = []
  for (const command of wanted ? [wanted] : candidates) {
    try {
      const version = await askVersion(command)
      if (isSupported(version)) return { command, version }
      found.push(`${command} is ${version}`)
    } catch (error) {
      if (wanted) found.push(messageOf(error))
    }
  }
  throw new HoldfastError({
    code: 'E_NO_PYTHON',
    what: `no Python 3.10 to 3.13 (at least 3.10.12 or 3.11.4) was found${found.length > 0 ? ` (${found.join(', ')})` : ''}`,
    where: wanted ? 'HOLDFAST_BASE_PYTHON' : 'PATH',
    hint: 'install one (`apt install python3 python3-pip`, `brew install python@3.12`), or set HOLDFAST_BASE_PYTHON to it',
  })
}

export function isSupported(version: string): boolean {
  const [, major, minor, patch] = (/^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).map(Number)
  if (major !== 3 || minor === undefined || patch === undefined) return false
  return minor >= 10 && minor <= 13 && patch >= (leastPatch[minor] ?? 0)
}

async function versionOf(
  command: string,
  context: Pick<SetUpContext, 'env' | 'signal'>,
): Promise<string> {
  const script = 'import platform; print(platform.python_version())'
  const options = {
    command,
    args: ['-c', script],
    timeoutMs: 60_000,
    env: context.env,
    signal: context.signal,
  }
  return (await runCommand(options)).trim()
}
