import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { HoldfastError } from '../errors'
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
  env: Record<string, string | undefined>
}): TokenizerFiles {
  const { id, revision = 'main', env } = options
  const where = `${id}@${revision}`
  const offline = isTrue(env.HF_HUB_OFFLINE)
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
  env: Record<string, string | undefined>
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
      ...(env.HF_ENDPOINT ? { hubUrl: env.HF_ENDPOINT.replace(/\/+$/, '') } : {}),
      ...(env.HF_TOKEN ? { accessToken: env.HF_TOKEN } : {}),
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

function hubError(options: {
  where: string
  status: number
  env: Record<string, string | undefined>
  cause: unknown
}): HoldfastError {
  const { where, status, env, cause } = options
  if (status === 401 || status === 403) {
    return new HoldfastError({
      code: 'E_HUB_DENIED',
      what: 'the Hugging Face Hub does not let us read this model: it is gated, private, or does not exist',
      where,
      hint: env.HF_TOKEN
        ? 'accept its terms on its page with the account of HF_TOKEN, or check the id'
        : 'accept its terms on its page and set HF_TOKEN, or check the id',
      cause,
    })
  }
  if (status === 404) {
    return new HoldfastError({
      code: 'E_HUB_NOT_FOUND',
      what: 'the Hugging Face Hub has no such model or revision',
      where,
      hint: 'check `model` and its revision',
      cause,
    })
  }
  return new HoldfastError({
    code: 'E_HUB_UNREACHABLE',
    what: `the Hugging Face Hub did not answer${status > 0 ? ` well (HTTP ${status})` : ''}`,
    where: `${env.HF_ENDPOINT ?? 'https://huggingface.co'} for ${where}`,
    hint: 'check the network, or set `model` to a directory that holds the model',
    cause,
  })
}

/** The folder that huggingface_hub keeps a revision in. */
async function cachedSnapshot(options: {
  id: string
  revision: string
  env: Record<string, string | undefined>
}): Promise<string> {
  const { id, revision, env } = options
  const home = env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface')
  const repository = join(
    env.HF_HUB_CACHE ?? join(home, 'hub'),
    `models--${id.replaceAll('/', '--')}`,
  )
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

function isTrue(value: string | undefined): boolean {
  return ['1', 'true', 'yes', 'on'].includes(value?.toLowerCase() ?? '')
}
