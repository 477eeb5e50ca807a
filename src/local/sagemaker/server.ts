/** The HTTP side of sagemaker-local: who may ask, which fault is due, what is answered. */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pino } from 'pino'
import { messageOf } from '../../errors'
import { authenticate } from './authenticate'
import { AwsError, expiredToken, internalFailure, notImplemented, throttled } from './aws-error'
import type { JobEngine } from './jobs/engine'
import type { Scenario } from './jobs/scenario'
import { openCustomMetrics } from './metrics/custom-metrics'
import { createJobSeries } from './metrics/job-series'
import { createRequestMetrics } from './metrics/request-metrics'
import { validateInput } from './validate'
import { operations } from './operations'
import { arnOf, type Context } from './operations/context'
import { readCall, wireOf, writeAnswer, writeError, type Answer, type Call } from './protocol'
import { mostBodyBytes, readBody } from './read-body'
import {
  isRuntimeCall,
  isRuntimePath,
  mostRuntimeBytes,
  readRuntimeCall,
  writeRuntimeError,
} from './serving/runtime-call'
import { performRuntimeCall } from './serving/serve-runtime'
import { createEventQueue, type EventQueue } from './queue/event-queue'
import { openServing } from './serving/serving'
import { openRegistryStore } from './state/registry-store'
import { createThrottle } from './throttle'
import { openTuner } from './tuning/tuner'

/** ListTrainingJobs: two requests a second, not adjustable (deepracer-on-aws #87). */
const listTrainingJobsRate = 2

export interface ServedRequest {
  requestId: string
  operation: string
  /** The error's code, or `OK`. */
  code: string
  fault?: string
  milliseconds: number
  /** Only for our own failures. */
  error?: unknown
}

export interface SagemakerServerOptions {
  dataDir: string
  engine: JobEngine
  scenario: Pick<Scenario, 'nextFault'> & Partial<Pick<Scenario, 'timeScale' | 'nextEndpointFault'>>
  /** 12 digits; also what STS answers. */
  account: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  /** 0, the default, takes a free one. */
  port?: number
  /** Default: one that stays empty but for what is sent to it. */
  events?: EventQueue
  onRequest?: (request: ServedRequest) => void
  /** Milliseconds since the epoch. */
  now?: () => number
  /** What the `crash` fault does; the default is SIGKILL to this process. */
  crash?: () => void
}

export interface SagemakerServer {
  port: number
  /** Stops answering; jobs go on. */
  close(): Promise<void>
}

/**
 * @example
 * const server = await startSagemakerServer({ dataDir, engine, scenario, account: '111122223333', … })
 * new SageMakerClient({ endpoint: `http://127.0.0.1:${server.port}` })
 */
export async function startSagemakerServer(
  options: SagemakerServerOptions,
): Promise<SagemakerServer> {
  const { engine, account, region, now = Date.now } = options
  const folder = join(options.dataDir, 'sagemaker')
  const logsDir = join(folder, 'logs')
  const seriesOf = createJobSeries({ logsDir })
  const logger = pino({ name: 'sagemaker-local' })
  const tuner = await openTuner({
    folder: join(folder, 'tuning'),
    engine,
    seriesOf,
    arnOfTrial: (name) => arnOf({ account, region }, `training-job/${name}`),
    now,
    logger,
  })
  const custom = await openCustomMetrics({ file: join(folder, 'metrics.ndjson') })
  const requests = createRequestMetrics({
    custom,
    now,
    onError: (error) => logger.error({ err: error }, 'metrics of requests are lost'),
  })
  const serving = await openServing({
    folder,
    region,
    account,
    requests,
    timeScale: () => options.scenario.timeScale ?? 1,
    nextFault: (name) => options.scenario.nextEndpointFault?.(name),
  })
  const closing = new AbortController()
  const context: Context = {
    engine,
    events: options.events ?? createEventQueue({ now }),
    closing: closing.signal,
    serving,
    store: await openRegistryStore({ file: join(folder, 'registry.json') }),
    metrics: { custom, requests, seriesOf },
    tuner,
    logsDir,
    account,
    region,
    now,
    mayListTrainingJobs: createThrottle({ rate: listTrainingJobsRate, now }),
    creating: new Set(),
  }
  const server = createServer((request, response) => {
    // An answer that cannot be written must not end the server, and with it every job's supervisor.
    serve({ options, context, request, response }).catch(() => request.socket.destroy())
  })
  // Idle connections are their clients' to close: a request that meets ours on its way is lost to who tries once.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // Only this machine: a training job runs the code it is given.
    server.listen({ host: '127.0.0.1', port: options.port ?? 0 }, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      closing.abort()
      await tuner.close()
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()))
        // A request that hangs by order of the scenario would keep the server open for ever.
        server.closeAllConnections()
      })
      await serving.close()
      await requests.written()
    },
  }
}

interface Exchange {
  options: SagemakerServerOptions
  context: Context
  request: IncomingMessage
  response: ServerResponse
}

type Fault = NonNullable<ReturnType<Scenario['nextFault']>>

async function serve(exchange: Exchange): Promise<void> {
  const { options, context, request, response } = exchange
  const startedAt = performance.now()
  const requestId = randomUUID()
  const served: ServedRequest = { requestId, operation: 'unknown', code: 'OK', milliseconds: 0 }
  let fault: Fault | undefined
  let answer: Answer
  try {
    const call = await receive(exchange)
    served.operation = call.operation
    fault = options.scenario.nextFault(call.operation)
    if (fault) served.fault = fault
    if (fault === 'throttle') throw throttled()
    if (fault === 'expiredToken') throw expiredToken()
    if (fault === 'error500') throw internalFailure('Injected before the operation was performed.')
    answer = await perform({ context, call, requestId })
  } catch (error) {
    const shown = error instanceof AwsError ? error : internalFailure(messageOf(error))
    if (shown !== error) served.error = error
    served.code = shown.code
    answer = refusal({ request, error: shown, requestId })
  }
  if (fault === 'error500AfterAccept') {
    const error = internalFailure('Injected after the operation was performed.')
    served.code = error.code
    answer = refusal({ request, error, requestId })
  }
  served.milliseconds = Math.round(performance.now() - startedAt)
  options.onRequest?.(served)
  if (fault === 'crash') (options.crash ?? killSelf)()
  else if (fault === 'dropReply') request.socket.destroy()
  else if (fault !== 'hang') send({ response, answer, requestId })
}

/** Refuses who may not ask before looking at what is asked. */
async function receive(exchange: Exchange): Promise<Call> {
  const { options, request } = exchange
  const { headers, method = 'GET', url = '/' } = request
  refuseBrowsers(request)
  const isRuntime = isRuntimePath(url)
  const body = await readBody(request, isRuntime ? mostRuntimeBytes() : mostBodyBytes)
  const { accessKeyId, secretAccessKey, region } = options
  const credentials = { accessKeyId, secretAccessKey, region }
  authenticate({ credentials, method, url, headers, body })
  if (method !== 'POST') throw notImplemented(`${method} ${url}`)
  return isRuntime ? readRuntimeCall({ url, headers, body }) : readCall({ url, headers, body })
}

/** In the words and the form of the service that was asked. */
function refusal(options: {
  request: IncomingMessage
  error: AwsError
  requestId: string
}): Answer {
  const { request, error, requestId } = options
  if (isRuntimePath(request.url)) return writeRuntimeError(error)
  return writeError({ wire: wireOf(request.headers), error, requestId })
}

/**
 * A web page can make a browser call 127.0.0.1, by an address of its own that it re-points here
 * (DNS rebinding: then Host is the page's) or across origins (then Origin is).
 */
function refuseBrowsers(request: IncomingMessage): void {
  const { host = '', origin } = request.headers
  const isOurs = /^(127\.0\.0\.1|localhost)(:\d{1,5})?$/.test(host)
  if (isOurs && origin === undefined) return
  throw new AwsError({
    code: 'AccessDeniedException',
    message: 'sagemaker-local answers only AWS clients that call 127.0.0.1 or localhost.',
    status: 403,
  })
}

async function perform(options: {
  context: Context
  call: Call
  requestId: string
}): Promise<Answer> {
  const { context, call, requestId } = options
  if (isRuntimeCall(call)) return performRuntimeCall(context, call)
  const operation = operations.get(call.operation)
  if (!operation) throw notImplemented(call.operation)
  validateInput(call)
  const { output, headers = {} } = await operation(context, withoutNulls(call.input))
  return writeAnswer({ call, output, headers, requestId })
}

/** A member that is null is a member that is absent (Smithy, AWS JSON 1.1 protocol). */
function withoutNulls(input: Call['input']): Call['input'] {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
}

function send(options: { response: ServerResponse; answer: Answer; requestId: string }): void {
  const { response, answer, requestId } = options
  response.writeHead(answer.status, {
    ...Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [name, inLatin1(value)]),
    ),
    'x-amzn-requestid': requestId,
    'content-length': Buffer.byteLength(answer.body),
  })
  response.end(answer.body)
}

/** A header holds nothing else: the rest of an S3 URI is percent-encoded, as in any URI. */
function inLatin1(value: string): string {
  return value.replace(/[^\x20-\xff]/gu, encodeURIComponent)
}

function killSelf(): void {
  process.kill(process.pid, 'SIGKILL')
}
