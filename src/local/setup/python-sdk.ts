import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError, messageOf } from '../../errors'
import { cachedFolder } from './cached-folder'
import type { SetUpContext } from './context'
import { findPython, type BasePython } from './find-python'
import { runCommand } from './run-command'
import { getUv, locksFolder } from './uv'
import { createVenv, uvInstaller } from './venv'

const lockFile = 'requirements-sdk.txt'

/**
 * A Python with the SageMaker Python SDK 2.x and boto3, unmodified, which the tests let train on the
 * local platform. In an environment of its own: neither Holdfast nor a job ever imports it.
 */
export async function getPythonSdk(context: SetUpContext): Promise<string> {
  const own = context.env['HOLDFAST_PYTHON_SDK']
  if (own) {
    await checkImport({ context, python: own })
    return own
  }
  const base = await findPython(context)
  const lock = await readFile(join(locksFolder(), lockFile))
  const hash = createHash('sha256').update(base.version).update(lock).digest('hex').slice(0, 12)
  const folder = await cachedFolder({
    context,
    part: 'pythonSdk',
    name: `python-sdk-${hash}`,
    needBytes: 500e6,
    build: (draft) => makeEnvironment({ context, base, folder: draft }),
  })
  return join(folder, 'bin', 'python')
}

async function makeEnvironment(options: {
  context: SetUpContext
  base: BasePython
  folder: string
}): Promise<void> {
  const { context, base, folder } = options
  const uv = await getUv(context)
  context.onProgress('python sdk: installing the SageMaker Python SDK (50 MB, 200 MB on disk) …')
  await createVenv({ context, uv, base, folder })
  const install = await uvInstaller({ context, uv, folder, part: 'python sdk' })
  await install(['--require-hashes', '-r', join(locksFolder(), lockFile)])
  await checkImport({ context, python: join(folder, 'bin', 'python') })
}

async function checkImport(options: { context: SetUpContext; python: string }): Promise<void> {
  const { context, python } = options
  const { env, signal } = context
  const args = ['-c', 'import sagemaker.huggingface']
  await runCommand({ command: python, args, env, signal, timeoutMs: 120_000 }).catch(
    (error: unknown) => {
      throw new HoldfastError({
        code: 'E_PYTHON',
        what: `${python} cannot import the SageMaker Python SDK: ${messageOf(error)}`,
        where: 'the Python of the tests',
        hint: 'unset HOLDFAST_PYTHON_SDK, or remove the folder python-sdk-* from the cache',
        cause: error,
      })
    },
  )
}
