import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { HoldfastError } from '../errors'
import { sortEntries, type ManifestEntry } from '../manifest'
import { unpackArchive } from '../unpack-archive'
import { safetensorsFault } from './read-safetensors'

/** Whoever loads one of these runs what it holds. */
const pickled = /\.(?:bin|pt|pth|ckpt|pkl|pickle|joblib|dill|npy|npz|mar)$/i

export interface InspectedModel {
  /** Every file of the archive, relative to its root. */
  files: ManifestEntry[]
  /** Those that run code when they are loaded, such as the `training_args.bin` of a Trainer. */
  pickles: string[]
}

/**
 * Unpacks a model archive and looks at what is in it: regular files only, a config, and weights as
 * safetensors whose headers agree with their bytes. Nothing in it is executed.
 *
 * @param options.into an empty folder, which holds the model's files afterwards
 * @param options.allowPickle lets weights in any other format through as well
 * @throws HoldfastError `E_ARCHIVE`, `E_ARTIFACT_INVALID`, `E_PICKLE`
 */
export async function inspectModel(options: {
  archive: string
  into: string
  /** Of the archive, for people. */
  where: string
  allowPickle?: boolean
}): Promise<InspectedModel> {
  const { archive, into, where, allowPickle = false } = options
  try {
    await unpackArchive({ archive, into })
  } catch (cause) {
    if (!(cause instanceof HoldfastError)) throw cause
    throw new HoldfastError({ code: cause.code, what: cause.what, where, cause })
  }
  const paths = await filesBelow(into)
  const invalid = (what: string) =>
    new HoldfastError({
      code: 'E_ARTIFACT_INVALID',
      what: `the model cannot be published: ${what}`,
      where,
      hint: 'save it with save_pretrained into SM_MODEL_DIR (/opt/ml/model); the artifact itself is kept',
    })

  const fault = await configFault({ into, paths })
  if (fault) throw invalid(fault)
  const weights = paths.filter((path) => path.endsWith('.safetensors'))
  for (const path of weights) {
    const broken = await safetensorsFault(join(into, path))
    if (broken) throw invalid(`${path} is no safetensors file that loads: ${broken}`)
  }
  const missing = await missingShards({ into, paths })
  if (missing) throw invalid(missing)
  const pickles = paths.filter((path) => pickled.test(path))
  if (weights.length === 0 && !allowPickle) throw withoutSafetensors({ where, pickles })
  return {
    files: sortEntries(await Promise.all(paths.map((path) => entryOf(into, path)))),
    pickles,
  }
}

function withoutSafetensors({
  where,
  pickles,
}: {
  where: string
  pickles: string[]
}): HoldfastError {
  return new HoldfastError({
    code: 'E_PICKLE',
    what:
      pickles.length > 0
        ? `the model’s weights are pickles, which run code when they are loaded: ${pickles.slice(0, 3).join(', ')}`
        : 'the model holds no weights as safetensors',
    where,
    hint: 'save with save_pretrained(…, safe_serialization=True), or set publish.allowPickle: true',
  })
}

/** A whole model says what it is in config.json, an adapter in adapter_config.json. */
async function configFault(options: { into: string; paths: string[] }): Promise<string | null> {
  const { into, paths } = options
  const config = ['config.json', 'adapter_config.json'].find((name) => paths.includes(name))
  if (config === undefined) return 'it has no config.json'
  return (await readObject(join(into, config))) === null ? `${config} is no JSON object` : null
}

/** Of weights in several files: each that the index names must be there. */
async function missingShards(options: { into: string; paths: string[] }): Promise<string | null> {
  const { into, paths } = options
  for (const path of paths.filter((each) => each.endsWith('.safetensors.index.json'))) {
    const index = await readObject(join(into, path))
    const map = index?.['weight_map']
    if (typeof map !== 'object' || map === null) return `${path} is no index of weights`
    const folder = path.slice(0, path.length - basename(path).length)
    const lost = Object.values(map as Record<string, string>).find(
      (shard) => !paths.includes(`${folder}${shard}`),
    )
    if (lost !== undefined) return `${path} names ${lost}, which is not there`
  }
  return null
}

async function readObject(path: string): Promise<Record<string, unknown> | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
}

async function entryOf(folder: string, path: string): Promise<ManifestEntry> {
  const from = join(folder, path)
  const digest = createHash('sha256')
  await pipeline(createReadStream(from), digest)
  return { path, size: (await stat(from)).size, sha256: digest.digest('hex') }
}
