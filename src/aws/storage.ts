import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'

import { HoldfastError } from '../errors'
import { classifyAwsError, isNotThere } from './classify-error'
import { whenThere } from './when-there'
import { encryptionBy } from './encryption'
import { parseS3Uri } from './s3-uri'

/** Bytes. One PutObject of a stream is the fastest upload up to here (research/anchors.md, section 3). */
const singlePutLimit = 512 * 1024 * 1024

/** Milliseconds without a byte before a body counts as stalled: the SDK has no such watchdog. */
const defaultStallLimit = 30_000

export interface StoredObject {
  uri: string
  /** Below the listed prefix. */
  path: string
  size: number
  /** Changes with the bytes; only its equality means anything. */
  etag: string
  /** Milliseconds since the epoch, by S3's clock. */
  modified: number
}

/** What S3 says of an object without giving its bytes. */
export interface ObjectHead {
  size: number
  /** Changes with the bytes; only its equality means anything. */
  etag: string
  /** Null in a bucket that keeps no versions. */
  versionId: string | null
}

export interface Storage {
  read(uri: string): Promise<Buffer>
  /** Null when there is no such object. */
  readIfThere(uri: string): Promise<Buffer | null>
  /** With its ETag, for a write on condition that nobody wrote meanwhile; null when there is no such object. */
  readWithEtag(uri: string): Promise<{ bytes: Buffer; etag: string } | null>
  stream(uri: string): Promise<Readable>
  /** Size in bytes, or null when there is no such object. */
  size(uri: string): Promise<number | null>
  /** Null when there is no such object. */
  head(uri: string): Promise<ObjectHead | null>
  write(uri: string, body: string | Uint8Array, contentType?: string): Promise<void>
  /** False when the object was there already (and is left as it is). */
  writeIfAbsent(uri: string, body: string | Uint8Array): Promise<boolean>
  /** False when the object is no longer the one with that ETag (and is left as it is). */
  writeIfMatch(uri: string, body: string | Uint8Array, etag: string): Promise<boolean>
  uploadFile(options: { path: string; uri: string }): Promise<void>
  /** Streams a body of unknown length; the object appears only when it is whole. */
  uploadStream(options: { body: Readable; uri: string }): Promise<void>
  /** Streams to a file; refuses bytes whose hash differs from `sha256`. */
  downloadFile(options: {
    uri: string
    path: string
    sha256?: string
  }): Promise<{ sha256: string; size: number }>
  hash(uri: string, onBytes?: (bytes: number) => void): Promise<{ sha256: string; size: number }>
  list(prefixUri: string): Promise<StoredObject[]>
  /** The "folders" whose URIs begin so, up to the next slash; without a slash at the end. */
  folders(beginning: string): Promise<string[]>
  removeAll(prefixUri: string): Promise<void>
}

/**
 * S3 as Holdfast uses it. Every call names the account that must own the bucket, so that a squatter's
 * bucket of the same name gets no byte; `owner` is left out only to read what a user points at.
 *
 * @example
 * const storage = createStorage({ s3, owner: '111122223333' })
 * await storage.write('s3://bucket/key.json', '{}')
 */
export function createStorage({
  s3,
  owner,
  kmsKey,
  stallLimit = defaultStallLimit,
  signal,
}: {
  s3: S3Client
  owner?: string | undefined
  /** Every object is written under this key; without it, as the bucket says. */
  kmsKey?: string | undefined
  /** Milliseconds. */
  stallLimit?: number
  /** Ends what is under way. */
  signal?: AbortSignal | undefined
}): Storage {
  const at = (uri: string) => {
    const { bucket, key } = parseS3Uri(uri)
    return { Bucket: bucket, Key: key, ExpectedBucketOwner: owner }
  }
  const into = (uri: string) => ({ ...at(uri), ...encryptionBy(kmsKey) })

  const until = signal ? { abortSignal: signal } : {}

  async function stream(uri: string): Promise<Readable> {
    const { Body } = await s3.send(new GetObjectCommand(at(uri)), until)
    return Readable.from(watched({ body: Body as Readable, uri, stallLimit, signal }))
  }

  async function read(uri: string): Promise<Buffer> {
    const chunks: Buffer[] = []
    for await (const chunk of await stream(uri)) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  }

  async function head(uri: string): Promise<ObjectHead | null> {
    try {
      const found = await s3.send(new HeadObjectCommand(at(uri)), until)
      const { ContentLength: size = 0, ETag: etag = '', VersionId: versionId = null } = found
      return { size, etag, versionId }
    } catch (error) {
      if (isNotThere(error)) return null
      throw error
    }
  }

  async function hash(uri: string, onBytes?: (bytes: number) => void) {
    const digest = createHash('sha256')
    let bytes = 0
    for await (const chunk of await stream(uri)) {
      digest.update(chunk as Buffer)
      bytes += (chunk as Buffer).length
      onBytes?.(bytes)
    }
    return { sha256: digest.digest('hex'), size: bytes }
  }

  /** False when the condition did not hold: S3 has then written nothing. */
  async function writeIf(
    uri: string,
    body: string | Uint8Array,
    condition: Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>,
  ): Promise<boolean> {
    try {
      await s3.send(new PutObjectCommand({ ...into(uri), Body: body, ...condition }), until)
      return true
    } catch (error) {
      // An object that is to match and is gone is answered with 404.
      if (classifyAwsError(error) === 'conflict' || (condition.IfMatch && isNotThere(error)))
        return false
      throw error
    }
  }

  /** Parts that were sent before a failure, or before the signal, are deleted: they would cost storage. */
  async function uploadParts(options: {
    uri: string
    body: Readable
    /** Bytes. */
    partSize: number
  }): Promise<void> {
    const { uri, body, partSize } = options
    signal?.throwIfAborted()
    const params = { ...into(uri), Body: body }
    const upload = new Upload({ client: s3, params, queueSize: 4, partSize })
    const abort = () => void upload.abort()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      await upload.done()
    } finally {
      signal?.removeEventListener('abort', abort)
      body.destroy()
    }
  }

  async function* pages(prefixUri: string) {
    const { bucket, key } = parseS3Uri(prefixUri)
    const prefix = key === '' || key.endsWith('/') ? key : `${key}/`
    let token: string | undefined
    do {
      const page = await s3.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: prefix,
          ContinuationToken: token,
          ExpectedBucketOwner: owner,
        }),
        until,
      )
      yield { bucket, prefix, contents: page.Contents ?? [] }
      token = page.NextContinuationToken
    } while (token !== undefined)
  }

  return {
    read,
    stream,
    head,
    hash,

    async size(uri) {
      return (await head(uri))?.size ?? null
    },

    readIfThere: (uri) => whenThere(() => read(uri)),

    async readWithEtag(uri) {
      try {
        const { Body, ETag: etag = '' } = await s3.send(new GetObjectCommand(at(uri)), until)
        const chunks: Buffer[] = []
        for await (const chunk of watched({ body: Body as Readable, uri, stallLimit, signal }))
          chunks.push(chunk)
        return { bytes: Buffer.concat(chunks), etag }
      } catch (error) {
        if (isNotThere(error)) return null
        throw error
      }
    },

    async write(uri, body, contentType) {
      await s3.send(
        new PutObjectCommand({
          ...into(uri),
          Body: body,
          ContentLength: Buffer.byteLength(body),
          ...(contentType ? { ContentType: contentType } : {}),
        }),
        until,
      )
    },

    writeIfAbsent: (uri, body) => writeIf(uri, body, { IfNoneMatch: '*' }),

    writeIfMatch: (uri, body, etag) => writeIf(uri, body, { IfMatch: etag }),

    async uploadFile({ path, uri }) {
      const { size: bytes } = await stat(path)
      if (bytes <= singlePutLimit) {
        await s3.send(
          new PutObjectCommand({
            ...into(uri),
            Body: createReadStream(path),
            ContentLength: bytes,
          }),
          until,
        )
        return
      }
      // Parts of at most 1/9,000 of the file: S3 takes 10,000 parts.
      const partSize = Math.max(64 * 1024 * 1024, Math.ceil(bytes / 9_000))
      await uploadParts({ uri, body: createReadStream(path), partSize })
    },

    uploadStream: ({ body, uri }) => uploadParts({ uri, body, partSize: 16 * 1024 * 1024 }),

    async downloadFile({ uri, path, sha256 }) {
      await mkdir(dirname(path), { recursive: true })
      const digest = createHash('sha256')
      let bytes = 0
      const tee = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          digest.update(chunk)
          bytes += chunk.length
          done(null, chunk)
        },
      })
      await pipeline(await stream(uri), tee, createWriteStream(path))
      const actual = digest.digest('hex')
      if (sha256 !== undefined && actual !== sha256)
        throw wrongBytes({ uri, expected: sha256, actual })
      return { sha256: actual, size: bytes }
    },

    async list(prefixUri) {
      const found: StoredObject[] = []
      for await (const { bucket, prefix, contents } of pages(prefixUri)) {
        for (const { Key, Size, ETag, LastModified } of contents) {
          if (Key === undefined) continue
          found.push({
            uri: `s3://${bucket}/${Key}`,
            path: Key.slice(prefix.length),
            size: Size ?? 0,
            etag: ETag ?? '',
            modified: LastModified?.getTime() ?? 0,
          })
        }
      }
      return found
    },

    async folders(beginning) {
      const { bucket, key } = parseS3Uri(beginning)
      const found: string[] = []
      let token: string | undefined
      do {
        const page = await s3.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: key,
            Delimiter: '/',
            ContinuationToken: token,
            ExpectedBucketOwner: owner,
          }),
          until,
        )
        for (const { Prefix } of page.CommonPrefixes ?? [])
          if (Prefix !== undefined) found.push(`s3://${bucket}/${Prefix.replace(/\/$/, '')}`)
        token = page.NextContinuationToken
      } while (token !== undefined)
      return found
    },

    async removeAll(prefixUri) {
      for await (const { bucket, contents } of pages(prefixUri)) {
        const keys = contents.flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]))
        if (keys.length === 0) continue
        await s3.send(
          new DeleteObjectsCommand({
            Bucket: bucket,
            Delete: { Objects: keys, Quiet: true },
            ExpectedBucketOwner: owner,
          }),
          until,
        )
      }
    },
  }
}

export function wrongBytes({
  uri,
  expected,
  actual,
}: {
  uri: string
  expected: string
  actual: string
}): HoldfastError {
  return new HoldfastError({
    code: 'E_ARTIFACT_INVALID',
    what: `the bytes read are not those that were recorded: sha256 ${actual}, expected ${expected}`,
    where: uri,
    hint: 'the object was changed or damaged after it was written; run the pipeline again',
  })
}

/** Only the wait for a byte counts: a slow reader of ours is no stall. */
async function* watched(options: {
  body: Readable
  uri: string
  stallLimit: number
  signal?: AbortSignal | undefined
}): AsyncGenerator<Buffer> {
  const { body, uri, stallLimit, signal } = options
  const stalled = () =>
    body.destroy(
      new HoldfastError({
        code: 'E_S3_STALLED',
        what: `no byte came for ${stallLimit / 1000} s`,
        where: uri,
      }),
    )
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let timer: NodeJS.Timeout | undefined
  try {
    for (;;) {
      signal?.throwIfAborted()
      timer = setTimeout(stalled, stallLimit)
      const next = await chunks.next()
      clearTimeout(timer)
      if (next.done) return
      yield next.value
    }
  } finally {
    clearTimeout(timer)
    // Whoever stops reading early gives the connection back.
    body.destroy()
  }
}
