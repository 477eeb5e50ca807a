/** One request to one inference process. */

import { request, type IncomingHttpHeaders } from 'node:http'

export interface ModelAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** The process is away, or took longer than it may: there is no answer to show. */
export class NoModelAnswer extends Error {
  override readonly name = 'NoModelAnswer'
}

export function invokeModel(options: {
  port: number
  body: Buffer
  headers: Record<string, string>
  /** For the whole answer. */
  timeoutMs: number
  signal?: AbortSignal
}): Promise<ModelAnswer> {
  const { port, body, headers, timeoutMs } = options
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      if (options.signal?.aborted) reject(error)
      else reject(new NoModelAnswer(whyNot(timeout, timeoutMs, error), { cause: error }))
    }
    const asked = request({
      host: '127.0.0.1',
      port,
      path: '/invocations',
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      signal,
    })
    asked.on('error', fail)
    asked.on('response', (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', fail)
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(chunks),
        }),
      )
    })
    asked.end(body)
  })
}

function whyNot(timeout: AbortSignal, timeoutMs: number, error: Error): string {
  return timeout.aborted ? `no answer in ${timeoutMs / 1000} s` : error.message
}
