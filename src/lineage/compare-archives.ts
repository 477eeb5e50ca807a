import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Storage } from '../aws/storage'
import { hashModelFiles } from '../estimator/model-files'
import type { ManifestEntry } from '../manifest'
import { unpackArchive } from '../unpack-archive'

export interface ArchiveComparison {
  /** Every file of weights is the same, byte for byte; of a model without such files, every file. */
  same: boolean
  /** Files that differ, or that one side lacks; also those that are no weights. */
  differing: string[]
  /** Files of weights that were compared. */
  weights: string[]
}

interface Archive {
  uri: string
  sha256: string
  /** Every file inside it, where that was recorded: then the archive itself is not needed. */
  contents?: readonly ManifestEntry[]
}

const weightFile = /\.(safetensors|bin|pt|pth|ckpt|h5|msgpack|onnx|gguf|npz|npy|joblib|pkl)$/
/** They hold times, paths and states of a training, and no weights. */
const byTheWay =
  /(^|\/)(training_args\.bin|optimizer\.pt|scheduler\.pt|scaler\.pt|rng_state[^/]*\.pth)$/

/** The files within two model archives: the archives themselves differ by the times in them. */
export async function compareArchives(options: {
  storage: Storage
  a: Archive
  b: Archive
}): Promise<ArchiveComparison> {
  const { storage } = options
  const [a, b] = [
    await hashesIn({ storage, archive: options.a }),
    await hashesIn({ storage, archive: options.b }),
  ]
  const all = [...new Set([...a.keys(), ...b.keys()])].sort()
  const differing = all.filter((path) => a.get(path) !== b.get(path))
  const found = all.filter((path) => weightFile.test(path) && !byTheWay.test(path))
  const weights = found.length > 0 ? found : all
  return { same: !differing.some((path) => weights.includes(path)), differing, weights }
}

async function hashesIn(options: {
  storage: Storage
  archive: Archive
}): Promise<Map<string, string>> {
  const { storage, archive } = options
  const { contents = [] } = archive
  if (contents.length > 0) return hashesOf(contents)
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-compare-'))
  try {
    const path = join(folder, 'model.tar.gz')
    await storage.downloadFile({ uri: archive.uri, path, sha256: archive.sha256 })
    await unpackArchive({ archive: path, into: join(folder, 'model') })
    const { files } = await hashModelFiles({ root: join(folder, 'model') })
    return hashesOf(files)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Hidden files are no part of a model. */
function hashesOf(files: readonly ManifestEntry[]): Map<string, string> {
  const counted = files.filter(({ path }) => !path.split('/').some((part) => part.startsWith('.')))
  return new Map(counted.map((file) => [file.path, file.sha256]))
}
