import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../errors'
import { cachedRepository, hubAccess, hubError, isOffline, type HubEnv } from './hub'
import { undefinedIfMissing } from './undefined-if-missing'

/** Milliseconds for one small answer. */
const answerDeadline = 30_000

/**
 * The commit that a revision of a Hub model stands for now: of the Hub, or with `HF_HUB_OFFLINE`
 * of what its cache holds. A commit stands for itself, and nobody is asked.
 *
 * @throws HoldfastError `E_HUB_DENIED`, `E_HUB_NOT_FOUND`, `E_HUB_UNREACHABLE`, `E_HUB_OFFLINE`
 * @example
 * await hubCommit({ id: 'distilbert-base-uncased', env: process.env }) // '12040accade4…'
 */
export async function hubCommit(options: {
  id: string
  /** Branch, tag or commit. */
  revision?: string | undefined
  env: HubEnv
  signal?: AbortSignal | undefined
}): Promise<string> {
  const { id, revision = 'main', env, signal } = options
  if (/^[0-9a-f]{40}$/.test(revision)) return revision
  return isOffline(env)
    ? cachedCommit({ id, revision, env })
    : askedCommit({ id, revision, env, signal })
}

interface Question {
  id: string
  revision: string
  env: HubEnv
}

async function askedCommit({
  id,
  revision,
  env,
  signal,
}: Question & { signal: AbortSignal | undefined }): Promise<string> {
  const { modelInfo, HubApiError } = await import('@huggingface/hub')
  const limits = () =>
    AbortSignal.any([AbortSignal.timeout(answerDeadline), ...(signal ? [signal] : [])])
  try {
    const { sha } = await modelInfo({
      name: id,
      revision,
      additionalFields: ['sha'],
      fetch: (input, init) => fetch(input, { ...init, signal: limits() }),
      ...hubAccess(env),
    })
    if (sha) return sha
    throw new Error('the answer names no commit')
  } catch (cause) {
    signal?.throwIfAborted()
    const status = cause instanceof HubApiError ? cause.statusCode : 0
    throw hubError({ where: `${id}@${revision}`, status, env, cause })
  }
}

/** As `hubTokenizerFiles` finds its folder: by the ref, or by a snapshot of that very name. */
async function cachedCommit({ id, revision, env }: Question): Promise<string> {
  const repository = cachedRepository({ id, env })
  const ref = await readFile(join(repository, 'refs', revision), 'utf8').catch(undefinedIfMissing)
  if (ref !== undefined) return ref.trim()
  if (await stat(join(repository, 'snapshots', revision)).catch(undefinedIfMissing)) return revision
  throw new HoldfastError({
    code: 'E_HUB_OFFLINE',
    what: 'HF_HUB_OFFLINE is set and the Hub cache does not hold this model',
    where: `${id}@${revision} in ${repository}`,
    hint: 'unset HF_HUB_OFFLINE once, or set `model` to a directory that holds the model',
  })
}
