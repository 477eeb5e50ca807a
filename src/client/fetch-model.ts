import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { accountOf } from '../aws/account'
import { createAwsClients } from '../aws/clients'
import { createStorage } from '../aws/storage'
import { HoldfastError } from '../errors'
import { unpackArchive } from '../unpack-archive'
import { listModels, type ModelSummary } from './list-models'

export interface FetchedModel {
  /** The unpacked artifact. */
  directory: string
  model: ModelSummary
}

/**
 * Brings a published model to this machine, verified against the sha256 in the registry; a model
 * fetched before is not fetched again. Needs no Temporal.
 *
 * @param options.version default: the latest
 * @param options.out folder under which `<sha256>/` is made
 */
export async function fetchModel(options: {
  model: string
  version?: number
  out: string
  env?: NodeJS.ProcessEnv
}): Promise<FetchedModel> {
  const { model, version, out, env = process.env } = options
  const aws = createAwsClients({ env })
  const storage = createStorage({ s3: aws.s3, owner: await accountOf(aws.sts)() })
  const session = { aws, storage: () => Promise.resolve(storage) }

  const versions = await listModels({ session, model })
  const wanted =
    version === undefined
      ? versions.sort((a, b) => b.version - a.version)[0]
      : versions.find((each) => each.version === version)
  if (!wanted) {
    throw new HoldfastError({
      code: 'E_MODEL_NOT_FOUND',
      what:
        version === undefined
          ? `no version of ${model} has been published`
          : `${model} has no version ${version}`,
      hint: 'see `holdfast models`',
    })
  }
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
