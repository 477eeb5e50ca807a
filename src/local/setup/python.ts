import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError, messageOf } from '../../errors'
import { cachedFolder, withPartLock } from './cached-folder'
import type { SetUpContext } from './context'
import { findPython, type BasePython } from './find-python'
import { onPath } from './on-path'
import { runCommand } from './run-command'
import { getUv, locksFolder } from './uv'
import { createVenv, uvInstaller, type Install } from './venv'

export interface PythonEnvironment {
  python: string
  /** `toolkit` when SageMaker's own training toolkit could be installed into it. */
  runner: 'toolkit' | 'built-in'
}

/** cpu: torch from PyTorch's CPU index; pypi: everything from PyPI, on Linux with CUDA. */
export type Variant = 'cpu' | 'pypi'

const cpuIndex = 'https://download.pytorch.org/whl/cpu'
/** Milliseconds in all: an unreachable index otherwise costs uv two minutes and then fails. */
const probeMs = 3_000

const variants = {
  cpu: { locks: ['requirements-torch-cpu.txt', 'requirements-cpu.txt'], needBytes: 3e9 },
  pypi: { locks: ['requirements-pypi.txt'], needBytes: process.platform === 'linux' ? 8e9 : 3e9 },
} as const
const toolkitLock = 'requirements-toolkit.txt'
const recordFile = 'holdfast-environment.json'

interface EnvironmentRecord {
  runner: PythonEnvironment['runner']
  /** Why the toolkit is not there. */
  reason?: string
}

/** The Python environment of the local runner and of `predict`: made once, from locked files. */
export async function getPython(
  context: SetUpContext,
  choose: typeof chooseVariant = chooseVariant,
): Promise<PythonEnvironment> {
  const own = context.env['HOLDFAST_PYTHON']
  if (own) return checkOwnPython(own, context)
  requireTorchWheels(process)
  const base = await findPython(context)
  const names = {
    cpu: await environmentName('cpu', base),
    pypi: await environmentName('pypi', base),
  }
  const make = (variant: Variant): Promise<string> =>
    cachedFolder({
      context,
      part: 'python',
      name: names[variant],
      needBytes: variants[variant].needBytes,
      build: (draft) => makeEnvironment({ context, base, variant, folder: draft }),
    })
  let variant = await choose(context, names)
  let folder: string
  try {
    folder = await make(variant)
  } catch (error) {
    context.signal?.throwIfAborted()
    // The full torch needs more disk still.
    if (variant === 'pypi' || (error instanceof HoldfastError && error.code === 'E_DISK_FULL'))
      throw error
    const why = messageOf(error).replace(/\s*\n\s*/g, ' ')
    context.onProgress(
      `python: the CPU-only torch did not work (${why}), so the full torch is taken`,
    )
    variant = 'pypi'
    folder = await make(variant)
  }
  const runner = await runnerOf({ context, folder, name: names[variant] })
  return { python: join(folder, 'bin', 'python'), runner }
}

/** torch 2.2 was the last with wheels for Macs with an Intel processor. */
export function requireTorchWheels(machine: { platform: string; arch: string }): void {
  if (machine.platform !== 'darwin' || machine.arch !== 'x64') return
  throw new HoldfastError({
    code: 'E_PYTHON',
    what: 'there is no torch for Macs with an Intel processor after 2.2',
    hint: 'use Linux or a Mac with Apple silicon (and there a Node for arm64), or set HOLDFAST_PYTHON to a Python that has torch',
  })
}

/** The Python of an environment that an earlier set-up made; undefined when there is none. */
export async function findMadePython(context: SetUpContext): Promise<string | undefined> {
  requireTorchWheels(process)
  const base = await findPython(context)
  for (const variant of ['pypi', 'cpu'] as const) {
    const python = join(context.cache, await environmentName(variant, base), 'bin', 'python')
    if (existsSync(python)) return python
  }
  return undefined
}

/** Made environments are used as they are, with no look at the network. */
async function chooseVariant(
  context: SetUpContext,
  names: Record<Variant, string>,
): Promise<Variant> {
  const exists = (variant: Variant): boolean => existsSync(join(context.cache, names[variant]))
  if (process.platform !== 'linux' || hasNvidiaGpu() || exists('pypi')) return 'pypi'
  if (exists('cpu') || (await answers(cpuIndex))) return 'cpu'
  context.onProgress(
    'python: the index of CPU-only torch does not answer, so the full torch is taken',
  )
  return 'pypi'
}

export function hasNvidiaGpu(): boolean {
  return existsSync('/dev/nvidia0') || existsSync('/proc/driver/nvidia/version')
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/torch/`, {
      method: 'HEAD',
      signal: AbortSignal.timeout(probeMs),
    })
    return response.ok
  } catch {
    return false
  }
}

async function environmentName(variant: Variant, base: BasePython): Promise<string> {
  const hash = createHash('sha256').update(base.version)
  for (const lock of [...variants[variant].locks, toolkitLock]) {
    hash.update(await readFile(join(locksFolder(), lock)))
  }
  return `python-${variant}-${hash.digest('hex').slice(0, 12)}`
}

async function makeEnvironment(options: {
  context: SetUpContext
  base: BasePython
  variant: Variant
  folder: string
}): Promise<void> {
  const { context, base, variant, folder } = options
  const uv = await getUv(context)
  const install = await uvInstaller({ context, uv, folder, part: 'python' })
  context.onProgress(`python: making an environment with Python ${base.version} …`)
  await createVenv({ context, uv, base, folder })
  if (variant === 'cpu') {
    context.onProgress('python: installing torch (CPU, 190 MB) …')
    const torch = join(locksFolder(), 'requirements-torch-cpu.txt')
    await install(['--no-deps', '--default-index', cpuIndex, '-r', torch], {})
    context.onProgress('python: installing transformers, datasets and what they need (250 MB) …')
    // With dependencies uv asks for a hash of torch, which is there already; the lock names them all.
    const lock = join(locksFolder(), 'requirements-cpu.txt')
    await install(['--no-deps', '--require-hashes', '-r', lock])
  } else {
    const size = process.platform === 'linux' ? 'with CUDA, 2.9 GB, 5.2 GB on disk' : '400 MB'
    context.onProgress(`python: installing torch, transformers and datasets (${size}) …`)
    await install(['--require-hashes', '-r', join(locksFolder(), 'requirements-pypi.txt')])
  }
  const python = join(folder, 'bin', 'python')
  context.onProgress('python: checking that it imports …')
  await runCommand({
    command: python,
    args: ['-c', 'import torch, transformers, datasets'],
    env: { ...context.env, HF_HUB_OFFLINE: '1' },
    signal: context.signal,
    timeoutMs: 5 * 60_000,
  })
  await installToolkit({ context, install, folder })
}

/** A separate, last step: one of its parts is compiled, and everything else works without it. */
async function installToolkit(options: {
  context: SetUpContext
  install: Install
  folder: string
}): Promise<void> {
  const { context, install, folder } = options
  const record = await tryToolkit(context, install)
  if (record.reason) context.onProgress(`python: ${record.reason}, so the built-in runner is used`)
  const path = join(folder, recordFile)
  await writeFile(`${path}.new`, JSON.stringify(record))
  await rename(`${path}.new`, path)
}

async function readRecord(folder: string): Promise<EnvironmentRecord> {
  return JSON.parse(await readFile(join(folder, recordFile), 'utf8')) as EnvironmentRecord
}

async function tryToolkit(context: SetUpContext, install: Install): Promise<EnvironmentRecord> {
  if (!findCompiler(context.env)) {
    const reason = 'SageMaker’s training toolkit needs a C compiler and there is none'
    return { runner: 'built-in', reason }
  }
  context.onProgress(
    'python: installing SageMaker’s training toolkit (30 MB, one part is compiled) …',
  )
  try {
    await install(['--require-hashes', '-r', join(locksFolder(), toolkitLock)])
    return { runner: 'toolkit' }
  } catch (error) {
    context.signal?.throwIfAborted()
    const reason = messageOf(error).split('\n').slice(0, 3).join(' ')
    return {
      runner: 'built-in',
      reason: `SageMaker’s training toolkit could not be installed (${reason})`,
    }
  }
}

/** The C compiler on the PATH, if any. */
export function findCompiler(env: NodeJS.ProcessEnv): string | undefined {
  return onPath('cc', env) ?? onPath('gcc', env) ?? onPath('clang', env)
}

/** What kept the toolkit out may be mended since: no compiler, no network. */
async function runnerOf(options: {
  context: SetUpContext
  folder: string
  name: string
}): Promise<PythonEnvironment['runner']> {
  const { context, folder, name } = options
  const mayTry = ({ reason }: EnvironmentRecord): boolean =>
    reason !== undefined && findCompiler(context.env) !== undefined
  const record = await readRecord(folder)
  if (!mayTry(record)) return record.runner
  try {
    return await withPartLock({ context, part: 'python', name }, async () => {
      if (mayTry(await readRecord(folder))) {
        const uv = await getUv(context)
        const install = await uvInstaller({ context, uv, folder, part: 'python' })
        await installToolkit({ context, install, folder })
      }
      return (await readRecord(folder)).runner
    })
  } catch (error) {
    context.signal?.throwIfAborted()
    context.onProgress(
      `python: SageMaker’s training toolkit could not be tried again (${messageOf(error)})`,
    )
    return record.runner
  }
}

async function checkOwnPython(python: string, context: SetUpContext): Promise<PythonEnvironment> {
  const script = [
    'import importlib.util as u',
    'need = ["torch", "transformers", "datasets", "accelerate", "sklearn", "boto3"]',
    'print(",".join(n for n in need if not u.find_spec(n)))',
    'print(bool(u.find_spec("sagemaker_training")))',
  ].join('\n')
  const hint = 'set HOLDFAST_PYTHON to a Python that has them, or unset it and one is set up'
  const options = {
    command: python,
    args: ['-c', script],
    env: context.env,
    signal: context.signal,
  }
  const answer = await runCommand({ ...options, timeoutMs: 30_000 }).catch((error: unknown) => {
    throw new HoldfastError({
      code: 'E_PYTHON',
      what: messageOf(error),
      where: 'HOLDFAST_PYTHON',
      hint,
    })
  })
  const [missing = '', toolkit] = answer.trimEnd().split('\n')
  if (missing) {
    const what = `${python} lacks ${missing.split(',').join(', ')}`
    throw new HoldfastError({ code: 'E_PYTHON', what, where: 'HOLDFAST_PYTHON', hint })
  }
  return { python, runner: toolkit === 'True' ? 'toolkit' : 'built-in' }
}
