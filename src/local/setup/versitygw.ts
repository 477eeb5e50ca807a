import { chmod, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { x as extract } from 'tar'
import { HoldfastError } from '../../errors'
import { ownBinary } from './binary'
import { cachedFolder } from './cached-folder'
import type { SetUpContext } from './context'
import { fetchFile, verifyFile } from './fetch-file'
import { firstSource } from './first-source'
import { onPath } from './on-path'
import { platformKey, versitygw } from './pins'
import { runCommand } from './run-command'

const part = 's3'

/** versitygw, the S3 server of the local platform. */
export async function getVersitygw(context: SetUpContext): Promise<string> {
  const own = await ownBinary({
    context,
    variable: 'HOLDFAST_VERSITYGW',
    onPathAs: { part, name: 'versitygw', leastVersion: versitygw.version },
  })
  if (own) return own
  const folder = await cachedFolder({
    context,
    part,
    name: `versitygw-${versitygw.version}-${process.platform}-${process.arch}`,
    needBytes: 2e9,
    build: async (draft) => {
      context.onProgress(`${part}: fetching versitygw ${versitygw.version} (30 MB) …`)
      await firstSource({
        part,
        hint: 'install Go 1.25 or newer, or set HOLDFAST_VERSITYGW to a binary of versitygw',
        onProgress: context.onProgress,
        signal: context.signal,
        sources: [
          { name: 'the GitHub release', get: () => githubRelease(context, draft) },
          { name: 'go install', get: () => goInstall(context, draft) },
        ],
      })
    },
  })
  return join(folder, 'versitygw')
}

/** Over TLS, checked against the release's own list of checksums; `go install` has Go's checksum database. */
async function githubRelease(context: SetUpContext, folder: string): Promise<true | undefined> {
  if (!platformKey()) return undefined
  const os = process.platform === 'darwin' ? 'Darwin' : 'Linux'
  const name = `versitygw_v${versitygw.version}_${os}_${process.arch === 'x64' ? 'x86_64' : 'arm64'}`
  const release = `https://github.com/versity/versitygw/releases/download/v${versitygw.version}`
  const scratch = join(folder, 'release')
  await mkdir(scratch)
  try {
    const archive = join(scratch, 'archive.tar.gz')
    const sums = join(scratch, 'checksums.txt')
    await fetchFile({ url: `${release}/checksums.txt`, to: sums, signal: context.signal })
    await fetchFile({ url: `${release}/${name}.tar.gz`, to: archive, signal: context.signal })
    const sha256 = checksumOf(`${name}.tar.gz`, await readFile(sums, 'utf8'))
    await verifyFile({ path: archive, sha256, what: name })
    await extract({ file: archive, cwd: scratch })
    await rename(join(scratch, name, 'versitygw'), join(folder, 'versitygw'))
    await chmod(join(folder, 'versitygw'), 0o755)
    return true
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** The sha256 that a list in the form of `sha256sum` gives for a file. */
export function checksumOf(name: string, list: string): string {
  for (const line of list.split('\n')) {
    const [sha256 = '', file] = line.trim().split(/\s+\*?/)
    if (file === name && /^[0-9a-f]{64}$/.test(sha256)) return sha256
  }
  throw new HoldfastError({ code: 'E_CHECKSUM', what: `the release lists no checksum of ${name}` })
}

/** Builds the pinned version; Go verifies every module against its checksum database. */
async function goInstall(context: SetUpContext, folder: string): Promise<true> {
  const go = onPath('go', context.env)
  if (!go) throw new HoldfastError({ code: 'E_NO_GO', what: 'there is no Go on the PATH' })
  context.onProgress(
    `${part}: building versitygw ${versitygw.version} with Go (some minutes the first time) …`,
  )
  await runCommand({
    command: go,
    args: ['install', `${versitygw.module}@v${versitygw.version}`],
    // A vendoring or read-only module setting of the user's is about their own projects.
    env: { ...context.env, GOBIN: folder, GOFLAGS: '-mod=mod -buildvcs=false', CGO_ENABLED: '0' },
    signal: context.signal,
    timeoutMs: 30 * 60_000,
  })
  return true
}
