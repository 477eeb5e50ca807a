import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { unpackArchive } from '../unpack-archive'
import { findModel } from './find-model'
import type { ModelSummary } from './list-models'
import { modelSession } from './model-session'

export interface FetchedModel {
  /** The unpacked artifact. */
  directory: string
  model: ModelSummary
}

/**
 * Brings a published model to this machine, verified against the sha256 in the registry; a model
 * fetched before is not fetched again. Needs no Temporal.
 *
 * @param options.version default: the champion
 * @param options.out folder under which `<sha256>/` is made
 */
export async function fetchModel(options: {
  model: string
  version?: number
  out: string
  env?: NodeJS.ProcessEnv
}): Promise<FetchedModel> {
  const { model, version, out, env = process.env } = options
  const session = modelSession(env)
  const storage = await session.storage()
  const wanted = await findModel({
    model,
    session,
    ...(version !== undefined && { version: String(version) }),
  })
  const directory = join(out, wanted.sha256)
  if (!existsSync(directory)) {
    await mkdir(out, { recursive: true })
    const work = await mkdtemp(join(out, '.fetch-'))
    try {
      const archive = join(work, 'model.tar.gz')
      await storage.downloadFile({ uri: wanted.artifactUri, path: archive, sha256: wanted.sha256 })
      await unpackArchive({ archive, into: join(work, 'model') })
      await rename(join(work, 'model'), directory).catch((error: unknown) => {
        // Another process has fetched the same model meanwhile.
        if (!existsSync(directory)) throw error
      })
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }
  return { directory, model: wanted }
}
