import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { wrongBytes, type Storage } from '../src/aws/storage'
import { inspectModel, type InspectedModel } from '../src/models/inspect-model'
import type { PublishInput } from './publish'

export interface BroughtArtifact {
  /** On this machine: the archive, and its files. */
  archive: string
  unpacked: string
  sha256: string
  inspected: InspectedModel
  /** Whether the published copy has these bytes already. */
  kept: boolean
}

/** Brings the archive to this machine, so that every byte published has been hashed and looked at on its way. */
export async function bringVerified(options: {
  storage: Storage
  input: PublishInput
  artifactUri: string
  folder: string
  report: (details: unknown) => void
}): Promise<BroughtArtifact> {
  const { storage, input, artifactUri, folder, report } = options
  const { uri, sha256, size } = input.artifact
  const archive = join(folder, 'model.tar.gz')
  const unpacked = join(folder, 'model')
  const kept =
    (await storage.size(artifactUri)) === size &&
    (await storage.downloadFile({ uri: artifactUri, path: archive })).sha256 === sha256
  // The bytes that were sealed after the training, not those that lie there now.
  if (!kept) await storage.downloadFile({ uri, path: archive, sha256 })
  report({ verified: sha256 })
  await mkdir(unpacked)
  const { allowPickle = false } = input.pipeline.publish ?? {}
  const inspected = await inspectModel({ archive, into: unpacked, where: uri, allowPickle })
  report({ inspected: sha256 })
  return { archive, unpacked, sha256, inspected, kept }
}

export async function keepVerified(options: {
  storage: Storage
  brought: BroughtArtifact
  artifactUri: string
}): Promise<void> {
  const { storage, brought, artifactUri } = options
  const { archive, sha256, kept } = brought
  if (kept) return
  await storage.uploadFile({ path: archive, uri: artifactUri })
  const arrived = await storage.hash(artifactUri)
  if (arrived.sha256 !== sha256)
    throw wrongBytes({ uri: artifactUri, expected: sha256, actual: arrived.sha256 })
}
