import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createStorage, wrongBytes, type Storage } from '../src/aws/storage'
import type { Packing } from '../src/deploy/packing'
import type { ServeSite } from '../src/deploy/release'
import { HoldfastError } from '../src/errors'
import { hashFile } from '../src/estimator/code-archive'
import { repackModel } from '../src/estimator/model-archive'
import type { Dependencies } from './dependencies'
import { withHeartbeat } from './with-heartbeat'

/** Of what was packed; beside the archive, and written after it. */
export interface PackedRecord {
  sha256: string
  /** Bytes. */
  size: number
}

/**
 * Brings model and script together, once: the archive's key is made from both, and a record of its
 * hash is written when all of it has arrived. What is there and has that hash is used as it is.
 *
 * @throws HoldfastError `E_ARTIFACT_CHANGED`, `E_ARTIFACT_INVALID`, `E_ARCHIVE`
 */
export async function packInference(
  deps: Dependencies,
  { packing }: { site: ServeSite; packing: Packing },
): Promise<PackedRecord & { uri: string; kept: boolean }> {
  const { into: uri, kmsKey } = packing
  return withHeartbeat(async ({ report, signal }) => {
    const storage = createStorage({ s3: deps.s3, owner: await deps.account(), kmsKey, signal })
    const recordUri = `${uri}.json`
    const known = await recorded(storage, recordUri)
    if (known && (await storage.size(uri)) === known.size) {
      const { sha256 } = await storage.hash(uri, (bytes) => report({ verifying: bytes }))
      if (sha256 === known.sha256) return { ...known, uri, kept: true }
    }
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-packing-'))
    try {
      const outFile = join(folder, 'packed.tar.gz')
      await repack({ deps, storage, packing, folder, outFile, signal, report })
      const packed = await hashFile(outFile)
      report({ uploading: packed.size })
      await storage.uploadFile({ path: outFile, uri })
      const arrived = await storage.hash(uri, (bytes) => report({ verifying: bytes }))
      if (arrived.sha256 !== packed.sha256)
        throw wrongBytes({ uri, expected: packed.sha256, actual: arrived.sha256 })
      await storage.write(recordUri, JSON.stringify(packed, null, 2))
      return { ...packed, uri, kept: false }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
}

async function recorded(storage: Storage, uri: string): Promise<PackedRecord | null> {
  const bytes = await storage.readIfThere(uri)
  return bytes && (JSON.parse(bytes.toString('utf8')) as PackedRecord)
}

async function repack(options: {
  deps: Dependencies
  storage: Storage
  packing: Packing
  folder: string
  outFile: string
  signal: AbortSignal
  report: (details: unknown) => void
}): Promise<void> {
  const { deps, storage, packing, folder, outFile, signal, report } = options
  const { code, model, script, replacesCode } = packing
  const modelArchive = join(folder, 'model.tar.gz')
  const codeArchive = join(folder, 'code.tar.gz')
  // What the user points at may be another account's.
  const given = createStorage({ s3: deps.s3, signal })
  const unchanged = async () => (await given.head(model.uri))?.etag === model.etag
  if (!(await unchanged())) throw changed(model.uri)
  await given.downloadFile({ uri: model.uri, path: modelArchive })
  if (!(await unchanged())) throw changed(model.uri)
  await storage.downloadFile({ uri: code.uri, path: codeArchive, sha256: code.sha256 })
  report('packing')
  await repackModel({ modelArchive, codeArchive, replacesCode, entryPoint: script, outFile })
}

function changed(where: string): HoldfastError {
  return new HoldfastError({
    code: 'E_ARTIFACT_CHANGED',
    what: 'the archive is no longer the one whose deployment was asked for',
    where,
    hint: 'deploy again: that takes what is there now',
  })
}
