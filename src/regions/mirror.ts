import type { S3Client } from '@aws-sdk/client-s3'

import { copyObjects, type Copied } from '../aws/copy-object'
import { joinUri } from '../aws/s3-uri'
import { createStorage } from '../aws/storage'
import { parseManifest } from '../manifest'

/** Two regions, and a client for each; both buckets are one account's. */
export interface Mirror {
  from: S3Client
  /** S3 copies on its side. */
  to: S3Client
  owner: string
  /** The key that what is written goes under; absent: as the bucket says. */
  kmsKey?: string | undefined
  signal?: AbortSignal | undefined
  /** Not told of what was there. */
  onCopied?: (object: Copied) => void
}

/**
 * Copies what a manifest vouches for, each file by its size and sha256, and the manifest last: what
 * has none over there is not whole.
 *
 * @example
 * await mirrorManifest({ mirror, from: 's3://a/holdfast/datasets/3fa2', to: 's3://b/holdfast/datasets/3fa2' })
 */
export async function mirrorManifest(options: {
  mirror: Mirror
  /** Prefixes of the manifest. */
  from: string
  to: string
  /** Where the files lie below it; default: beside it. */
  files?: string
}): Promise<void> {
  const { mirror, from, to, files = '' } = options
  const { from: source, to: target, owner, kmsKey, signal } = mirror
  const manifestUri = joinUri(from, 'manifest.json')
  const bytes = await createStorage({ s3: source, owner, signal }).read(manifestUri)
  const place = (base: string, path: string) => joinUri(base, ...(files ? [files] : []), path)
  const entries = parseManifest(bytes, manifestUri).files
  await copyAll({
    mirror,
    objects: entries.map(({ path, size, sha256 }) => ({
      from: place(from, path),
      to: place(to, path),
      size,
      sha256,
    })),
  })
  await createStorage({ s3: target, owner, kmsKey, signal }).write(
    joinUri(to, 'manifest.json'),
    bytes,
  )
}

/** Copies one object whose content is known. */
export async function mirrorObject(options: {
  mirror: Mirror
  from: string
  to: string
  sha256: string
}): Promise<void> {
  const { mirror, from, to, sha256 } = options
  const { from: s3, owner, signal } = mirror
  const size = await createStorage({ s3, owner, signal }).size(from)
  // What is not there has no bytes: the copy says so in S3's words.
  await copyAll({ mirror, objects: [{ from, to, size: size ?? 0, sha256 }] })
}

/**
 * Copies what lies below a prefix and is another one over there. Nobody has written down the hashes of
 * such objects: their readers check what they read.
 *
 * @param options.choose of the paths below the prefix, those that are wanted
 */
export async function mirrorPrefix(options: {
  mirror: Mirror
  from: string
  to: string
  choose: (paths: string[]) => string[]
}): Promise<void> {
  const { mirror, from, to, choose } = options
  const { owner, signal } = mirror
  const [here, there] = await Promise.all([
    createStorage({ s3: mirror.from, owner, signal }).list(from),
    createStorage({ s3: mirror.to, owner, signal }).list(to),
  ])
  const wanted = new Set(choose(here.map(({ path }) => path)))
  const known = new Map(there.map(({ path, size, etag }) => [path, `${size} ${etag}`]))
  const objects = here
    .filter(({ path, size, etag }) => wanted.has(path) && known.get(path) !== `${size} ${etag}`)
    .map(({ path, uri, size }) => ({ from: uri, to: joinUri(to, path), size }))
  // Of a checkpoint the manifest comes last, as where it was saved.
  const isManifest = ({ to: uri }: Copied) => /\/holdfast-manifest[^/]*$/.test(uri)
  await copyAll({ mirror, objects: objects.filter((object) => !isManifest(object)) })
  await copyAll({ mirror, objects: objects.filter(isManifest) })
}

async function copyAll({ mirror, objects }: { mirror: Mirror; objects: Copied[] }): Promise<void> {
  const { to: s3, owner, kmsKey, signal, onCopied } = mirror
  await copyObjects({ s3, owner, kmsKey, signal, onCopied, objects })
}

const checkpoint = /^(checkpoint-\d+)\//
const sealed = /^(checkpoint-\d+)\/holdfast-manifest(\.rank-\d+)?\.json$/

/**
 * Of the objects below a checkpoint prefix: all, but for checkpoints that were never sealed where others
 * were, as they are torn. A script without the helper seals none, and all of its are taken.
 */
export function checkpointsToMove(paths: string[]): string[] {
  const whole = new Set(paths.flatMap((path) => sealed.exec(path)?.[1] ?? []))
  if (whole.size === 0) return paths
  return paths.filter((path) => {
    const [, folder] = checkpoint.exec(path) ?? []
    return folder === undefined || whole.has(folder)
  })
}

/** Of the objects of an attempt: its request, and what its job put out. */
export function outputsToMove(paths: string[]): string[] {
  return paths.filter((path) => path === 'request.json' || /^[^/]+\/output\//.test(path))
}
