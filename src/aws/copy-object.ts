import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3'

import { HoldfastError } from '../errors'
import { whenThere } from './when-there'
import { encryptionBy } from './encryption'
import { parseS3Uri } from './s3-uri'
import { createStorage, wrongBytes } from './storage'

/** Bytes: the largest object that one CopyObject takes. */
const singleCopyLimit = 5 * 1024 ** 3
/** Parts that are copied at once. */
const partsAtOnce = 8
/** Objects that are copied at once. */
const objectsAtOnce = 6

export interface Copied {
  from: string
  to: string
  /** Bytes, as they must be. */
  size: number
  /** Hex, as it must be; absent where nobody knows it. */
  sha256?: string | undefined
}

export interface Copying {
  /** A client of the region that the copy goes to; it needs to read the other bucket too. */
  s3: S3Client
  /** Account that must own both buckets. */
  owner: string
  /** Of the region that the copy goes to. */
  kmsKey?: string | undefined
  signal?: AbortSignal | undefined
  /** Bytes; default: what one CopyObject takes. */
  partSize?: number
}

type ObjectCopy = Copied & Copying

/**
 * Copies many, some at a time.
 *
 * @param options.onCopied told of each that was not there before
 * @throws HoldfastError as `copyObject`
 */
export async function copyObjects(
  options: Copying & { objects: Copied[]; onCopied?: ((object: Copied) => void) | undefined },
): Promise<void> {
  const { objects, onCopied, ...copying } = options
  const next = objects.values()
  const each = async () => {
    for (const object of next)
      if ((await copyObject({ ...copying, ...object })) === 'copied') onCopied?.(object)
  }
  await Promise.all(Array.from({ length: objectsAtOnce }, each))
}

/**
 * Has S3 copy an object, also to a bucket of another region, and refuses a copy that is not the same:
 * its size always, its sha256 where it is known. What is there already and the same is left alone, so
 * that a copying that was killed goes on where it was.
 *
 * @throws HoldfastError `E_ARTIFACT_INVALID` for other bytes; `E_COPY_TORN` for another size
 */
export async function copyObject(copy: ObjectCopy): Promise<'copied' | 'there'> {
  const { to, size, partSize = singleCopyLimit } = copy
  if (await isThere(copy)) return 'there'
  const checksum =
    size > partSize ? await copyInParts({ ...copy, partSize }) : await copyWhole(copy)
  const arrived = (await headOf(copy))?.size
  if (arrived !== size) {
    throw new HoldfastError({
      code: 'E_COPY_TORN',
      what: `a copy has ${arrived ?? 'no'} of ${size} bytes`,
      where: to,
      hint: 'its source changed while it was copied; start the run again',
    })
  }
  await requireHash({ ...copy, checksum })
  return 'copied'
}

/** Without a hash nothing tells that what is there is the same: it is copied again. */
async function isThere(copy: ObjectCopy): Promise<boolean> {
  if (copy.sha256 === undefined) return false
  const head = await headOf(copy)
  return head?.size === copy.size && head.checksum === base64Of(copy.sha256)
}

async function headOf({ s3, owner, to, signal }: ObjectCopy) {
  const command = new HeadObjectCommand({ ...at(to, owner), ChecksumMode: 'ENABLED' })
  const head = await whenThere(() => s3.send(command, until(signal)))
  return head && { size: head.ContentLength, checksum: head.ChecksumSHA256 }
}

/** What S3 computed while it copied; undefined where it does not say. */
async function copyWhole(copy: ObjectCopy): Promise<string | undefined> {
  const { s3, owner, from, to, kmsKey, signal } = copy
  const { CopyObjectResult } = await s3.send(
    new CopyObjectCommand({
      ...at(to, owner),
      ...encryptionBy(kmsKey),
      ...sourceOf({ from, owner }),
      ChecksumAlgorithm: 'SHA256',
    }),
    until(signal),
  )
  return CopyObjectResult?.ChecksumSHA256
}

/** Returns undefined: the checksum of parts is not that of the object. */
async function copyInParts(copy: ObjectCopy & { partSize: number }): Promise<undefined> {
  const { s3, owner, from, to, size, kmsKey, signal } = copy
  const target = at(to, owner)
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({
      ...target,
      ...encryptionBy(kmsKey),
      ChecksumAlgorithm: 'SHA256',
    }),
    until(signal),
  )
  try {
    const ranges = rangesOf({ size, partSize: Math.min(copy.partSize, 512 * 1024 ** 2) })
    const parts: CompletedPart[] = []
    const next = ranges.entries()
    const copying = Array.from({ length: partsAtOnce }, async () => {
      for (const [index, range] of next) {
        const { CopyPartResult } = await s3.send(
          new UploadPartCopyCommand({
            ...target,
            ...sourceOf({ from, owner }),
            UploadId,
            PartNumber: index + 1,
            CopySourceRange: range,
          }),
          until(signal),
        )
        const { ETag, ChecksumSHA256 } = CopyPartResult ?? {}
        parts[index] = { PartNumber: index + 1, ETag, ChecksumSHA256 }
      }
    })
    await Promise.all(copying)
    await s3.send(
      new CompleteMultipartUploadCommand({
        ...target,
        UploadId,
        MultipartUpload: { Parts: parts },
      }),
      until(signal),
    )
  } catch (error) {
    // Parts that were copied cost storage until somebody says so.
    await s3.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => undefined)
    throw error
  }
}

/** Parts of the same size; S3 takes 10,000 of them. */
function rangesOf({ size, partSize }: { size: number; partSize: number }): string[] {
  const each = Math.max(partSize, Math.ceil(size / 9_000))
  return Array.from({ length: Math.ceil(size / each) }, (_, index) => {
    const last = Math.min(size, (index + 1) * each) - 1
    return `bytes=${index * each}-${last}`
  })
}

async function requireHash(copy: ObjectCopy & { checksum: string | undefined }): Promise<void> {
  const { s3, owner, to, sha256, checksum, signal } = copy
  if (sha256 === undefined) return
  if (checksum === base64Of(sha256)) return
  // Of parts, or where S3 says none, the bytes are read.
  const { sha256: actual } = await createStorage({ s3, owner, signal }).hash(to)
  if (actual !== sha256) throw wrongBytes({ uri: to, expected: sha256, actual })
}

function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}

function at(uri: string, owner: string) {
  const { bucket, key } = parseS3Uri(uri)
  return { Bucket: bucket, Key: key, ExpectedBucketOwner: owner }
}

function sourceOf({ from, owner }: { from: string; owner: string }) {
  const { bucket, key } = parseS3Uri(from)
  return {
    CopySource: `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`,
    ExpectedSourceBucketOwner: owner,
  }
}

function until(signal: AbortSignal | undefined) {
  return signal ? { abortSignal: signal } : {}
}
