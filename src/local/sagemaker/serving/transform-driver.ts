/** The life of one transform job. A new server starts the whole job again: what it wrote is written over. */

import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { messageOf } from '../../../errors'
import { number, object, text, type Json } from '../json'
import { inParallel } from '../jobs/in-parallel'
import { relativeName } from '../jobs/s3-transfer'
import { parseS3Uri, under, type S3Location } from '../jobs/s3-uri'
import { endInference, portOf } from './inference-process'
import { becomeReady, defaultStartupSeconds } from './inference-start'
import { folderOf, newInstance, now, type ServingContext } from './serving-context'
import { failureReason, ServingFailure } from './serving-failure'
import { logPlace } from './serving-log'
import type { Transform } from './serving-state'
import { transformObject } from './transform-object'

/** Requests at once, however many are asked for: the process answers one after another. */
const mostConcurrent = 4

export interface TransformDriver {
  /** The record says Stopping. */
  stop(): void
  /** Resolves when the job is terminal or the server closes; never rejects. */
  done: Promise<void>
}

export function driveTransform(context: ServingContext, name: string): TransformDriver {
  const { store, closing, logger } = context
  const stopping = new AbortController()
  const signal = AbortSignal.any([closing, stopping.signal])
  const folder = folderOf(context, 'transforms', name)

  function current(): Transform {
    const transform = store.read().transforms[name]
    if (!transform) throw new Error(`transform job ${name} has no record`)
    return transform
  }

  function change(members: Partial<Transform>): Promise<void> {
    return store.update((state) => {
      state.transforms[name] = { ...current(), ...members, lastModifiedTime: now() }
    })
  }

  async function run(): Promise<void> {
    await endInference(join(folder, `run-${current().instance}`))
    if (current().status === 'Stopping') return await finish({ status: 'Stopped' })
    await change({ instance: newInstance(), startTime: current().startTime ?? now() })
    try {
      await work()
      await finish({ status: 'Completed' })
    } catch (error) {
      if (closing.aborted) return
      const stopped = current().status === 'Stopping'
      await finish(
        stopped ? { status: 'Stopped' } : { status: 'Failed', failureReason: failureReason(error) },
      )
    }
  }

  async function work(): Promise<void> {
    const { container, instance, request } = current()
    const run = join(folder, `run-${instance}`)
    const environment = object(request, 'Environment') as Record<string, string> | undefined
    const log = await becomeReady({
      context,
      container: { ...container, environment: { ...container.environment, ...environment } },
      run,
      signal,
      place: logPlace({ kind: 'transforms', name, variant: '', instance }),
      withinSeconds: defaultStartupSeconds,
      unhealthy: 'AlgorithmError: The container did not pass the ping health check.',
    })
    try {
      await transformAll({ run, request })
    } finally {
      await log.pump({ final: true })
    }
  }

  async function transformAll(options: { run: string; request: Json }): Promise<void> {
    const { run, request } = options
    const port = await portOf(run)
    if (port === undefined) throw new ServingFailure('InternalServerError: the container is gone.')
    const from = inputOf(request)
    const objects = await context.s3.list({ at: from, signal })
    if (objects.length === 0)
      throw new ServingFailure(
        `ClientError: No S3 objects found under s3://${from.bucket}/${from.key}`,
      )
    await inParallel({
      items: objects,
      width: Math.min(number(request, 'MaxConcurrentTransforms') ?? 1, mostConcurrent),
      async task({ key }) {
        const content = await read({ run, bucket: from.bucket, key, request })
        const answered = await transformObject({ request, port, content, signal })
        const at = outputOf(request, relativeName({ prefix: from.key, key }))
        await context.s3.put({ ...at, body: answered, signal })
      },
    })
  }

  async function read(options: {
    run: string
    bucket: string
    key: string
    request: Json
  }): Promise<Buffer> {
    const { run, bucket, key, request } = options
    const file = join(run, 'input', createHash('sha256').update(key).digest('hex'))
    await context.s3.get({ bucket, key, file, signal })
    const content = await readFile(file)
    await rm(file)
    const isPacked = text(object(request, 'TransformInput') ?? {}, 'CompressionType') === 'Gzip'
    return isPacked ? await unpacked(content) : content
  }

  async function finish(members: Partial<Transform>): Promise<void> {
    await endInference(join(folder, `run-${current().instance}`))
    await rm(folder, { recursive: true, force: true })
    await change({ ...members, endTime: now() })
  }

  const done = run().catch((error: unknown) => {
    logger.error({ transform: name, err: error }, 'the transform job is no longer looked after')
  })
  return { stop: () => stopping.abort(), done }
}

/** Bytes: a small object can unpack to more than there is memory. */
const mostUnpacked = 1024 ** 3

async function unpacked(content: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(content, { maxOutputLength: mostUnpacked })
  } catch (cause) {
    throw new ServingFailure(`ClientError: an object cannot be unpacked: ${messageOf(cause)}`, {
      cause,
    })
  }
}

function inputOf(request: Json): S3Location {
  const source = object(object(request, 'TransformInput') ?? {}, 'DataSource') ?? {}
  return located(text(object(source, 'S3DataSource') ?? {}, 'S3Uri') ?? '')
}

/** API reference, S3OutputPath: the input's name with `.out` behind it. */
function outputOf(request: Json, name: string): S3Location {
  const path = text(object(request, 'TransformOutput') ?? {}, 'S3OutputPath') ?? ''
  return under(located(path), `${name}.out`)
}

function located(uri: string): S3Location {
  const at = parseS3Uri(uri)
  if (!at) throw new ServingFailure(`ClientError: ${uri} is not an S3 URI`)
  return at
}
