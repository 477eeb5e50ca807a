import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { HoldfastError, messageOf } from '../../errors'

export interface FetchFile {
  url: string
  to: string
  signal?: AbortSignal | undefined
  fetch?: typeof fetch
  /** Milliseconds to an answer from each address on the way; an unreachable source must fail soon. */
  answerMs?: number
  /** Milliseconds between two pieces of the body. */
  stallMs?: number
}

const maxRedirects = 5
const attempts = 2

/** Downloads a file, once more if the first try fails. The caller verifies it: see `sha256OfFile`. */
export async function fetchFile(options: FetchFile): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryFetch(options)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (attempt < attempts && !(error instanceof RefusedError)) continue
      throw new HoldfastError({
        code: 'E_DOWNLOAD_FAILED',
        what: `download failed: ${causeOf(error)}${aboutProxy(process.env)}`,
        where: new URL(options.url).hostname,
        cause: error,
      })
    }
  }
}

/** The server answered that it will not: asking again changes nothing. */
class RefusedError extends Error {}

async function tryFetch(options: FetchFile): Promise<void> {
  const { to, signal, answerMs = 10_000, stallMs = 20_000 } = options
  const get = options.fetch ?? fetch
  const stop = new AbortController()
  const onAbort = (): void => stop.abort(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  let timer: NodeJS.Timeout | undefined
  const within = (ms: number, what: string): void => {
    clearTimeout(timer)
    timer = setTimeout(() => stop.abort(new Error(`${what} within ${ms / 1000} s`)), ms)
  }
  try {
    let url = options.url
    let response: Response | undefined
    for (let hop = 0; hop <= maxRedirects; hop += 1) {
      within(answerMs, `no answer from ${new URL(url).hostname}`)
      response = await get(url, { redirect: 'manual', signal: stop.signal })
      const next = response.headers.get('location')
      if (response.status < 300 || response.status > 399 || !next) break
      url = new URL(next, url).href
    }
    if (!response?.ok || !response.body) {
      const Refusal = response && response.status < 500 ? RefusedError : Error
      throw new Refusal(`status ${response?.status ?? 'unknown'}`)
    }
    const body = response.body as unknown as AsyncIterable<Uint8Array>
    await pipeline(async function* () {
      for await (const piece of body) {
        within(stallMs, 'no more data')
        yield piece
      }
    }, createWriteStream(to))
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Lower-case hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}

/** Refuses a file whose content is not the pinned one. */
export async function verifyFile(options: {
  path: string
  sha256: string
  what: string
}): Promise<void> {
  const found = await sha256OfFile(options.path)
  if (found === options.sha256) return
  throw new HoldfastError({
    code: 'E_CHECKSUM',
    what: `${options.what} has sha256 ${found.slice(0, 12)}…, and ${options.sha256.slice(0, 12)}… is pinned`,
    where: options.path,
    hint: 'the download was cut or changed on the way: start again',
  })
}

/** Node's fetch follows HTTPS_PROXY from Node 24 on, and only when it is told to. */
export function aboutProxy(
  env: NodeJS.ProcessEnv,
  nodeVersion: string = process.versions.node,
): string {
  if (!env['HTTPS_PROXY'] && !env['https_proxy']) return ''
  if (Number.parseInt(nodeVersion, 10) < 24)
    return ' (HTTPS_PROXY is not used: that takes Node 24 or newer)'
  return env['NODE_USE_ENV_PROXY'] ? '' : ' (HTTPS_PROXY is used when NODE_USE_ENV_PROXY is 1)'
}

/** `fetch failed` says nothing: its cause does. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error ? messageOf(cause) : messageOf(error)
}
