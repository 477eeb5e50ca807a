/** S3 as the platform's own agent uses it: prefixes down, files up, patient with a server that is away. */

import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Readable } from 'node:stream'

import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'

import { messageOf } from '../../../errors'
import { codeOf } from './durable-file'
import { inParallel } from './in-parallel'
import { JobFailure } from './job'
import type { S3Location } from './s3-uri'
import { sleep } from './sleep'

export interface S3Object {
  key: string
  size: number
  /** Epoch milliseconds; S3 counts in seconds. */
  modified: number
}

export interface S3Transfer {
  list(options: { at: S3Location; signal?: AbortSignal }): Promise<S3Object[]>
  get(options: { bucket: string; key: string; file: string; signal?: AbortSignal }): Promise<void>
  put(options: {
    bucket: string
    key: string
    body: Buffer | { file: string }
    signal?: AbortSignal
  }): Promise<void>
  remove(options: { bucket: string; keys: string[]; signal?: AbortSignal }): Promise<void>
  close(): void
}

/** Errors that no waiting mends: the request itself is wrong. */
const permanent = new Set([
  'NoSuchBucket',
  'NoSuchKey',
  'NotFound',
  'AccessDenied',
  'InvalidBucketName',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'PermanentRedirect',
])

/**
 * Addresses and credentials come from the environment (AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, ...).
 * `patienceSeconds` is how long one step goes on trying while S3 does not answer or the disk is full.
 */
export function createS3Transfer(options: { region: string; patienceSeconds: number }): S3Transfer {
  const client = new S3Client({
    region: options.region,
    forcePathStyle: process.env.AWS_ENDPOINT_URL_S3 !== undefined,
    maxAttempts: 2,
    // The SDK itself waits for ever.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 30_000, socketTimeout: 30_000 },
  })

  async function patiently<T>(step: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const giveUpAt = Date.now() + options.patienceSeconds * 1000
    for (let delay = 200; ; delay = Math.min(delay * 2, 5_000)) {
      try {
        signal?.throwIfAborted()
        return await step()
      } catch (error) {
        // Whatever broke because of the abort is the abort.
        signal?.throwIfAborted()
        const name = (error as Error).name
        if (permanent.has(name))
          throw new JobFailure(`ClientError: Data access failed:${name}: ${messageOf(error)}`, {
            cause: error,
          })
        if (codeOf(error) === 'ENOENT') throw error
        if (Date.now() + delay > giveUpAt) {
          throw new JobFailure(
            `InternalServerError: S3 or the disk stayed unusable for ${options.patienceSeconds} s: ${messageOf(error) || name}`,
            { cause: error },
          )
        }
        await sleep(delay, signal)
      }
    }
  }

  const abort = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {})

  return {
    async list({ at, signal }) {
      const objects: S3Object[] = []
      let token: string | undefined
      do {
        const page = await patiently(
          () =>
            client.send(
              new ListObjectsV2Command({
                Bucket: at.bucket,
                Prefix: at.key,
                ContinuationToken: token,
              }),
              abort(signal),
            ),
          signal,
        )
        for (const item of page.Contents ?? []) {
          if (item.Key !== undefined && !item.Key.endsWith('/'))
            objects.push({
              key: item.Key,
              size: item.Size ?? 0,
              modified: item.LastModified?.getTime() ?? 0,
            })
        }
        token = page.IsTruncated ? page.NextContinuationToken : undefined
      } while (token !== undefined)
      return objects
    },
    async get({ bucket, key, file, signal }) {
      await mkdir(dirname(file), { recursive: true })
      await patiently(async () => {
        const answer = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key }),
          abort(signal),
        )
        await pipeline(
          answer.Body as Readable,
          createWriteStream(`${file}.part`),
          signal ? { signal } : {},
        )
        await rename(`${file}.part`, file)
      }, signal)
    },
    async put({ bucket, key, body, signal }) {
      await patiently(async () => {
        if (Buffer.isBuffer(body)) {
          await client.send(
            new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }),
            abort(signal),
          )
          return
        }
        const stream = createReadStream(body.file)
        const upload = new Upload({ client, params: { Bucket: bucket, Key: key, Body: stream } })
        const stop = () => void upload.abort()
        signal?.addEventListener('abort', stop, { once: true })
        try {
          await upload.done()
        } finally {
          signal?.removeEventListener('abort', stop)
          stream.destroy()
        }
      }, signal)
    },
    async remove({ bucket, keys, signal }) {
      for (let start = 0; start < keys.length; start += 1000) {
        const Objects = keys.slice(start, start + 1000).map((Key) => ({ Key }))
        await patiently(
          () =>
            client.send(
              new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
              abort(signal),
            ),
          signal,
        )
      }
    },
    close: () => client.destroy(),
  }
}

/** The files of an S3Prefix and their names below the target folder. */
export async function downloadPrefix(options: {
  s3: S3Transfer
  from: S3Location
  to: string
  signal?: AbortSignal
  /** The order in which files arrive; listing order when left out. */
  order?: (objects: S3Object[]) => S3Object[]
  allowEmpty?: boolean
}): Promise<string[]> {
  const { s3, from, to, signal, order = (objects) => objects, allowEmpty = false } = options
  const objects = order(await s3.list({ at: from, ...(signal ? { signal } : {}) }))
  if (objects.length === 0 && !allowEmpty) {
    throw new JobFailure(
      `ClientError: Data download failed:No S3 objects found under S3 URL "s3://${from.bucket}/${from.key}"`,
    )
  }
  const names = objects.map((object) => ({
    key: object.key,
    name: relativeName({ prefix: from.key, key: object.key }),
  }))
  await inParallel({
    items: names,
    width: 4,
    task: ({ key, name }) =>
      s3.get({
        bucket: from.bucket,
        key,
        file: join(to, name),
        ...(signal ? { signal } : {}),
      }),
  })
  return names.map((item) => item.name)
}

/** An S3Prefix is a text, not a folder: `data/train` also matches `data/train-2/x`, which keeps its folder's name. */
export function relativeName(options: { prefix: string; key: string }): string {
  const { prefix, key } = options
  let name: string
  if (key === prefix) name = basename(key)
  else if (prefix === '' || prefix.endsWith('/')) name = key.slice(prefix.length)
  else if (key[prefix.length] === '/') name = key.slice(prefix.length + 1)
  else name = key.slice(prefix.lastIndexOf('/') + 1)
  if (name.split('/').some((part) => part === '..' || part === '.' || part === '')) {
    throw new JobFailure(
      `ClientError: Data download failed:the S3 key "${key}" does not name a file below its channel`,
    )
  }
  return name
}
