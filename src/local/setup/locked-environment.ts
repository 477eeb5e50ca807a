import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError, messageOf } from '../../errors'
import { cachedFolder } from './cached-folder'
import type { SetUpContext } from './context'
import { findPython } from './find-python'
import { runCommand } from './run-command'
import { getUv, locksFolder } from './uv'
import { createVenv, uvInstaller } from './venv'

export interface LockedEnvironment {
  /** Of the set-up; also what the progress lines begin with. */
  part: string
  words: string
  /** Names the folder in the cache: `python-sdk`. */
  name: string
  lockFile: string
  needBytes: number
  /** `the SageMaker Python SDK (50 MB, 200 MB on disk)` */
  installs: string
  /** Variable that names a Python of the user's own. */
  variable: string
  /** A statement that fails when it is not whole. */
  check: string
}

/** A Python of the tests, made once from a locked file; neither Holdfast nor a job imports it. */
export async function lockedEnvironment(
  context: SetUpContext,
  environment: LockedEnvironment,
): Promise<string> {
  const own = context.env[environment.variable]
  if (own) {
    await checkImport({ context, environment, python: own })
    return own
  }
  const base = await findPython(context)
  const lockPath = join(locksFolder(), environment.lockFile)
  const lock = await readFile(lockPath)
  const hash = createHash('sha256').update(base.version).update(lock).digest('hex').slice(0, 12)
  const { part, words, needBytes } = environment
  const folder = await cachedFolder({
    context,
    part,
    name: `${environment.name}-${hash}`,
    needBytes,
    build: async (draft) => {
      const uv = await getUv(context)
      context.onProgress(`${words}: installing ${environment.installs} …`)
      await createVenv({ context, uv, base, folder: draft })
      const install = await uvInstaller({ context, uv, folder: draft, part: words })
      await install(['--require-hashes', '-r', lockPath])
      await checkImport({ context, environment, python: join(draft, 'bin', 'python') })
    },
  })
  return join(folder, 'bin', 'python')
}

async function checkImport(options: {
  context: SetUpContext
  environment: LockedEnvironment
  python: string
}): Promise<void> {
  const { context, environment, python } = options
  const { env, signal } = context
  const args = ['-c', environment.check]
  await runCommand({ command: python, args, env, signal, timeoutMs: 120_000 }).catch(
    (error: unknown) => {
      throw new HoldfastError({
        code: 'E_PYTHON',
        what: `${python} cannot run \`${environment.check}\`: ${messageOf(error)}`,
        where: 'a Python of the tests',
        hint: `unset ${environment.variable}, or remove the folder ${environment.name}-* from the cache`,
        cause: error,
      })
    },
  )
}
