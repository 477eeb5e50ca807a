import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../errors'
import { cachedRepository, hubAccess, hubError, isOffline, type HubEnv } from './hub'
import type { TokenizerFiles } from './tokenizer-files'
import { undefinedIfMissing } from './undefined-if-missing'

/** Milliseconds for one file; a tokenizer is a few megabytes. */
const downloadDeadline = 120_000

/**
 * Reads a model's small files from the Hugging Face Hub as Python's huggingface_hub would: `HF_TOKEN`,
 * `HF_ENDPOINT`, and with `HF_HUB_OFFLINE` its cache (`HF_HUB_CACHE`, `HF_HOME`) only.
 */
export function hubTokenizerFiles(options: {
  id: string
  revision?: string
  env: HubEnv
}): TokenizerFiles {
  const { id, revision = 'main', env } = options
  const where = `${id}@${revision}`
  const offline = isOffline(env)
  const folder = offline ? cachedSnapshot({ id, revision, env }) : undefined
  return {
    where,
    async read(name) {
      if (!folder) return download({ id, revision, name, env })
      const bytes = await readFile(join(await folder, name)).catch(undefinedIfMissing)
      if (!bytes && name === 'tokenizer.json') throw notCached(where, await folder)
      return bytes
    },
  }
}

async function download(options: {
  id: string
  revision: string
  name: string
  env: HubEnv
}): Promise<Uint8Array | undefined> {
  const { id, revision, name, env } = options
  const where = `${id}@${revision}/${name}`
  const { downloadFile, HubApiError } = await import('@huggingface/hub')
  try {
    const blob = await downloadFile({
      repo: { type: 'model', name: id },
      path: name,
      revision,
      fetch: (input, init) =>
        fetch(input, { ...init, signal: AbortSignal.timeout(downloadDeadline) }),
      ...hubAccess(env),
    })
    return blob ? new Uint8Array(await blob.arrayBuffer()) : undefined
  } catch (cause) {
    throw hubError({
      where,
      status: cause instanceof HubApiError ? cause.statusCode : 0,
      env,
      cause,
    })
  }
}

/** The folder that huggingface_hub keeps a revision in. */
async function cachedSnapshot(options: {
  id: string
  revision: string
  env: HubEnv
}): Promise<string> {
  const { id, revision, env } = options
  const repository = cachedRepository({ id, env })
  const ref = await readFile(join(repository, 'refs', revision), 'utf8').catch(() => revision)
  return join(repository, 'snapshots', ref.trim())
}

function notCached(where: string, folder: string): HoldfastError {
  return new HoldfastError({
    code: 'E_HUB_OFFLINE',
    what: 'HF_HUB_OFFLINE is set and the Hub cache does not hold this tokenizer',
    where: `${where} in ${folder}`,
    hint: 'unset HF_HUB_OFFLINE once, or set `model` to a directory that holds the model',
  })
}
