/** How the Hugging Face Hub is asked and its cache found, by the variables of huggingface_hub. */

import { homedir } from 'node:os'
import { join } from 'node:path'
import { HoldfastError } from '../errors'

export type HubEnv = Record<string, string | undefined>

/** The part of every call's options that the environment decides. */
export function hubAccess(env: HubEnv): { hubUrl?: string; accessToken?: string } {
  return {
    ...(env.HF_ENDPOINT ? { hubUrl: env.HF_ENDPOINT.replace(/\/+$/, '') } : {}),
    ...(env.HF_TOKEN ? { accessToken: env.HF_TOKEN } : {}),
  }
}

/** Whether only the cache may be read. */
export function isOffline(env: HubEnv): boolean {
  return ['1', 'true', 'yes', 'on'].includes(env.HF_HUB_OFFLINE?.toLowerCase() ?? '')
}

/** The folder that huggingface_hub keeps a model in. */
export function cachedRepository({ id, env }: { id: string; env: HubEnv }): string {
  const home = env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface')
  return join(env.HF_HUB_CACHE ?? join(home, 'hub'), `models--${id.replaceAll('/', '--')}`)
}

/** What the Hub's answer means; `status` 0: it gave none. */
export function hubError(options: {
  where: string
  status: number
  env: HubEnv
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
