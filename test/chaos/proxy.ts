/** An HTTP proxy that damages what passes, in front of S3 and SageMaker. */

import {
  Agent,
  createServer,
  request as send,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Random } from './random'

export type ProxyFault =
  /** Answers in the service's own form; nothing reaches it. */
  | { do: 'status'; status: number; code: string }
  | { do: 'throttle' }
  | { do: 'delay'; milliseconds: number }
  /** Of the answer's body: no byte after this many, and no end. */
  | { do: 'stall'; at: number }
  /** The connection is cut after this many. */
  | { do: 'cut'; at: number }
  /** One bit of this byte is another; at most the last. */
  | { do: 'flip'; at: number }
  /** Carried out, and the connection cut before anything is answered. */
  | { do: 'loseReply' }

export interface ProxiedRequest {
  method: string
  /** As sent, with its query. */
  path: string
  /** SageMaker's operation; empty for S3. */
  operation: string
}

export interface ProxyRule {
  matches: (request: ProxiedRequest) => boolean
  fault: ProxyFault
  /** How often it is still due. */
  times: number
  /** Of being due for a request that matches; 1 unless given. */
  probability?: number
}

export interface FaultProxy {
  url: string
  /** Tried in order; add and remove at will. */
  rules: ProxyRule[]
  /** Faults so far, by kind. */
  faults: Record<string, number>
  /** Writes that named no bucket owner, and so might have gone to a squatter's bucket of that name. */
  ownerless: string[]
  /** Requests of the service that passed, by operation (S3: by method). */
  passed: Record<string, number>
  close: () => Promise<void>
}

/**
 * The `Host` header passes unchanged, and so does every other byte of the request: clients sign the
 * proxy's address, and the service checks their signature against it.
 *
 * @example
 * const proxy = await startProxy({ service: 's3', target: 'http://127.0.0.1:7070', random })
 * proxy.rules.push({ matches: ({ method }) => method === 'GET', fault: { do: 'flip', at: 9 }, times: 1 })
 */
export async function startProxy(options: {
  service: 's3' | 'sagemaker'
  target: string
  random: Random
}): Promise<FaultProxy> {
  const { service, random } = options
  const target = new URL(options.target)
  const agent = new Agent({ keepAlive: true, maxSockets: 256 })
  const proxy: Omit<FaultProxy, 'url' | 'close'> = {
    rules: [],
    faults: {},
    ownerless: [],
    passed: {},
  }

  function due(seen: ProxiedRequest): ProxyFault | undefined {
    for (const rule of proxy.rules) {
      if (rule.times <= 0 || !rule.matches(seen) || !random.chance(rule.probability ?? 1)) continue
      rule.times--
      proxy.faults[rule.fault.do] = (proxy.faults[rule.fault.do] ?? 0) + 1
      return rule.fault
    }
    return undefined
  }

  const server = createServer((request, response) => {
    const target = request.headers['x-amz-target']
    const seen: ProxiedRequest = {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      operation: typeof target === 'string' ? (target.split('.').at(-1) ?? '') : '',
    }
    const key = seen.operation || seen.method
    proxy.passed[key] = (proxy.passed[key] ?? 0) + 1
    const writes = service === 's3' && !['GET', 'HEAD'].includes(seen.method)
    // A bucket that is created has no owner yet.
    const inBucket = /^\/[^/?]+[/?]./.test(seen.path)
    if (writes && inBucket && request.headers['x-amz-expected-bucket-owner'] === undefined)
      proxy.ownerless.push(`${seen.method} ${seen.path}`)
    response.on('error', () => undefined)
    request.on('error', () => undefined)
    const fault = due(seen)
    if (fault?.do === 'status') return refuse({ request, response, service, ...fault })
    if (fault?.do === 'throttle') {
      const [status, code] = service === 's3' ? [503, 'SlowDown'] : [400, 'ThrottlingException']
      return refuse({ request, response, service, status, code })
    }
    const pause = fault?.do === 'delay' ? fault.milliseconds : 0
    setTimeout(() => forward({ request, response, fault }), pause)
  })

  function forward(exchange: {
    request: IncomingMessage
    response: ServerResponse
    fault: ProxyFault | undefined
  }): void {
    const { request, response, fault } = exchange
    const { hostname, port } = target
    const onward = send(
      {
        hostname,
        port,
        agent,
        method: request.method,
        path: request.url,
        headers: request.headers,
      },
      (answer) => pass({ answer, response, fault }),
    )
    onward.on('error', () => request.socket.destroy())
    response.on('close', () => {
      if (!response.writableFinished) onward.destroy()
    })
    request.pipe(onward)
  }

  // The SDK asks before it sends a large body; the service need not be asked for that.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.writeContinue()
    delete request.headers.expect
    server.emit('request', request, response)
  })
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  return {
    ...proxy,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      agent.destroy()
      await closed
    },
  }
}

/** Hands an answer on, damaged as ordered. */
function pass(exchange: {
  answer: IncomingMessage
  response: ServerResponse
  fault: ProxyFault | undefined
}): void {
  const { answer, response, fault } = exchange
  answer.on('error', () => response.socket?.destroy())
  if (fault?.do === 'loseReply') {
    answer.resume()
    answer.on('end', () => response.socket?.destroy())
    return
  }
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders)
  if (fault?.do !== 'stall' && fault?.do !== 'cut' && fault?.do !== 'flip') {
    answer.pipe(response)
    return
  }
  const size = Number(answer.headers['content-length'] ?? 0)
  const at = size > 0 ? Math.min(fault.at, size - 1) : fault.at
  let sent = 0
  answer.on('data', (chunk: Buffer) => {
    const here = at - sent
    sent += chunk.length
    if (fault.do === 'flip') {
      const damaged = Buffer.from(chunk)
      if (here >= 0 && here < damaged.length) damaged[here] = (damaged[here] ?? 0) ^ 1
      response.write(damaged)
      return
    }
    if (here <= 0) return
    response.write(chunk.subarray(0, here), () => {
      if (fault.do === 'cut' && sent >= at) response.socket?.destroy()
    })
  })
  answer.on('end', () => {
    // A stalled connection stays open, silent, until the client gives up.
    if (fault.do === 'flip' || size === 0) response.end()
    else if (fault.do === 'cut' && at === 0) response.socket?.destroy()
  })
}

/** In the form in which the service refuses: S3's XML, or the JSON of AWS JSON 1.1. */
function refuse(options: {
  request: IncomingMessage
  response: ServerResponse
  service: 's3' | 'sagemaker'
  status: number
  code: string
}): void {
  const { request, response, service, status, code } = options
  const message = 'Injected by the fault proxy.'
  const [type, body] =
    service === 's3'
      ? [
          'application/xml',
          `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>proxy</RequestId></Error>`,
        ]
      : ['application/x-amz-json-1.1', JSON.stringify({ __type: code, message })]
  request.resume()
  request.on('end', () => {
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
    response.end(request.method === 'HEAD' ? undefined : body)
  })
}
