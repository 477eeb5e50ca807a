import { chmod, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { packageRoot } from '../../package-root'
import { cachedFolder } from './cached-folder'
import type { SetUpContext } from './context'
import { uv } from './pins'
import { pipDownloadLock, removeDownload, unpackWheel } from './pip'
import { formatBytes } from './require-disk'

/** The folder of the locked requirement files. */
export function locksFolder(): string {
  return join(packageRoot(), 'src', 'local', 'python')
}

/** The path of the pinned uv, fetched from the package index once. */
export async function getUv(context: SetUpContext): Promise<string> {
  const folder = await cachedFolder({
    context,
    part: 'uv',
    name: `uv-${uv.version}-${process.platform}-${process.arch}`,
    needBytes: 100e6,
    build: async (draft) => {
      context.onProgress(`python: fetching uv ${uv.version} (${formatBytes(uv.bytes)}) …`)
      const lock = await readFile(join(locksFolder(), uv.lock), 'utf8')
      const wheel = await pipDownloadLock({ context, lock, folder: draft })
      await unpackWheel({ context, wheel, folder: join(draft, 'unpacked') })
      await rename(
        join(draft, 'unpacked', `uv-${uv.version}.data`, 'scripts', 'uv'),
        join(draft, 'uv'),
      )
      await chmod(join(draft, 'uv'), 0o755)
      await removeDownload(draft)
    },
  })
  return join(folder, 'uv')
}
