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

/** Downloads a file. The caller verifies it: see `sha256OfFile`. */
export async function fetchFile(options: FetchFile): Promise<void> {
  const { to, signal, answerMs = 3_000, stallMs = 20_000 } = options
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
    if (!response?.ok || !response.body) throw new Error(`status ${response?.status ?? 'unknown'}`)
    const body = response.body as unknown as AsyncIterable<Uint8Array>
    await pipeline(async function* () {
      for await (const piece of body) {
        within(stallMs, 'no more data')
        yield piece
      }
    }, createWriteStream(to))
  } catch (error) {
    const reason: unknown = stop.signal.aborted ? stop.signal.reason : error
    throw new HoldfastError({
      code: 'E_DOWNLOAD_FAILED',
      what: `download failed: ${causeOf(reason)}`,
      where: new URL(options.url).hostname,
      cause: error,
    })
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

/** `fetch failed` says nothing: its cause does. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error ? messageOf(cause) : messageOf(error)
}
