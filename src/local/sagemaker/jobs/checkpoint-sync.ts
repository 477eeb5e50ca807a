/** Keeps the checkpoint folder and its S3 prefix alike, as little orderly as SageMaker's own agent. */

import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

import { messageOf } from '../../../errors'
import { codeOf, ignoreMissing, writeDurably } from './durable-file'
import { inParallel } from './in-parallel'
import type { JobLogger } from './logger'
import { shuffled, type Random } from './random'
import { downloadPrefix, relativeName, type S3Transfer } from './s3-transfer'
import { under, type S3Location } from './s3-uri'

export interface CheckpointSync {
  /** S3 → local, in random order and with new modification times, before the script starts. */
  restore(signal: AbortSignal): Promise<void>
  /** local → S3: what is new or changed is uploaded, what was deleted here is deleted there. */
  push(signal?: AbortSignal): Promise<void>
  /** The last push of a machine that is being taken away: a random part of what is due, its last file cut short. */
  pushPartly(random: Random): Promise<void>
}

interface Known {
  size: number
  mtimeMs: number
}

/** Above this a file is streamed in parts; below it is read whole, so that it cannot change under way. */
const streamFrom = 32 * 1024 * 1024

export function createCheckpointSync(options: {
  s3: S3Transfer
  at: S3Location
  folder: string
  random: Random
  logger: JobLogger
  /** While it says so nothing goes up, and nobody is told. */
  isStopped?: () => boolean
  /** Where to note what this host has in S3, when other hosts keep theirs under the same prefix. */
  memory?: string
}): CheckpointSync {
  const { s3, at, folder, random, logger, memory, isStopped = () => false } = options
  const prefix: S3Location = {
    bucket: at.bucket,
    key: at.key === '' ? '' : `${at.key.replace(/\/+$/, '')}/`,
  }
  let known: Map<string, Known> | undefined

  /**
   * A server that has just re-adopted the job compares with S3: same size and not younger than the object
   * means uploaded. S3 counts in whole seconds, so it errs towards uploading once more.
   */
  async function learn(signal: AbortSignal | undefined): Promise<Map<string, Known>> {
    if (known) return known
    const remembered = memory && (await readFile(memory, 'utf8').catch(ignoreMissing))
    if (remembered) {
      known = new Map(JSON.parse(remembered) as [string, Known][])
      return known
    }
    const objects = await s3.list({ at: prefix, ...(signal ? { signal } : {}) })
    const here = await scan(folder)
    known = new Map(
      objects.map((object) => {
        const name = relativeName({ prefix: prefix.key, key: object.key })
        const local = here.get(name)
        const same = local && local.size === object.size && local.mtimeMs <= object.modified
        return [name, same ? local : { size: -1, mtimeMs: -1 }]
      }),
    )
    return known
  }

  async function due(
    before: Map<string, Known>,
  ): Promise<{ changed: Map<string, Known>; deleted: string[] }> {
    const here = await scan(folder)
    const changed = new Map(
      [...here].filter(([name, now]) => {
        const then = before.get(name)
        return then?.size !== now.size || then.mtimeMs !== now.mtimeMs
      }),
    )
    return { changed, deleted: [...before.keys()].filter((name) => !here.has(name)) }
  }

  async function remember(): Promise<void> {
    if (memory && known) await writeDurably({ file: memory, text: JSON.stringify([...known]) })
  }

  async function upload(
    name: string,
    seen: Known,
    signal: AbortSignal | undefined,
    keep = 1,
  ): Promise<void> {
    const { bucket, key } = under(prefix, name)
    const file = join(folder, name)
    try {
      const whole = keep === 1 && seen.size > streamFrom
      const bytes = whole ? undefined : await readFile(file)
      const body = bytes ? bytes.subarray(0, Math.floor(bytes.length * keep)) : { file }
      await s3.put({ bucket, key, body, ...(signal ? { signal } : {}) })
      // A file that changed since it was looked at is due again at the next push.
      known?.set(
        name,
        keep === 1 && (bytes === undefined || bytes.length === seen.size)
          ? seen
          : { size: -1, mtimeMs: -1 },
      )
    } catch (error) {
      // Deleted while it was read: the next push deletes it in S3 too.
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }

  return {
    async restore(signal) {
      await mkdir(folder, { recursive: true })
      await downloadPrefix({
        s3,
        from: prefix,
        to: folder,
        signal,
        allowEmpty: true,
        order: (objects) => shuffled(objects, random),
      })
      known = await scan(folder)
      await remember()
    },
    async push(signal) {
      if (isStopped()) return
      const before = await learn(signal)
      const { changed, deleted } = await due(before)
      await inParallel({
        items: shuffled([...changed], random),
        width: 4,
        task: ([name, seen]) => upload(name, seen, signal),
      })
      if (deleted.length === 0) {
        if (changed.size > 0) await remember()
        return
      }
      await s3.remove({
        bucket: prefix.bucket,
        keys: deleted.map((name) => under(prefix, name).key),
        ...(signal ? { signal } : {}),
      })
      for (const name of deleted) before.delete(name)
      await remember()
    },
    async pushPartly(dice) {
      if (isStopped()) return
      try {
        const { changed } = await due(await learn(undefined))
        const all = shuffled(
          [...changed].sort(([a], [b]) => (a < b ? -1 : 1)),
          dice,
        )
        const part = all.slice(0, Math.ceil(all.length * (0.05 + 0.95 * dice())))
        for (const [index, [name, seen]] of part.entries()) {
          await upload(name, seen, undefined, index === part.length - 1 ? dice() : 1)
        }
      } catch (error) {
        logger.warn(
          { error: messageOf(error) },
          'the machine was gone before its last checkpoint sync',
        )
      }
    },
  }
}

/** Every file below the folder; what vanishes while looking is left out. */
async function scan(folder: string): Promise<Map<string, Known>> {
  const files = new Map<string, Known>()
  const walk = async (path: string): Promise<void> => {
    for (const entry of (await readdir(path, { withFileTypes: true }).catch(ignoreMissing)) ?? []) {
      const full = join(path, entry.name)
      if (entry.isDirectory()) await walk(full)
      else {
        const found = await stat(full).catch(ignoreMissing)
        if (found?.isFile())
          files.set(relative(folder, full).split(sep).join('/'), {
            size: found.size,
            mtimeMs: found.mtimeMs,
          })
      }
    }
  }
  await walk(folder)
  return files
}

/** On several hosts each rank seals its own part of a checkpoint. */
const sealOfRank = /^holdfast-manifest\.rank-\d+\.json$/

/**
 * Names of the checkpoint folders in the first of the hosts' folders that hold the manifest which is
 * written last, or of which all ranks, on whichever host, have written theirs.
 */
export async function completeCheckpoints(folders: readonly string[]): Promise<string[]> {
  const [first = ''] = folders
  const entries = (await readdir(first, { withFileTypes: true }).catch(ignoreMissing)) ?? []
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const complete: string[] = []
  for (const name of names)
    if (await isComplete(folders.map((folder) => join(folder, name)))) complete.push(name)
  return complete
}

async function isComplete(copies: readonly string[]): Promise<boolean> {
  const listings = await Promise.all(copies.map((copy) => readdir(copy).catch(ignoreMissing)))
  const [first = []] = listings
  if (first.includes('holdfast-manifest.json')) return true
  const seal = first.find((name) => sealOfRank.test(name))
  if (seal === undefined) return false
  const text = (await readFile(join(copies[0] ?? '', seal), 'utf8').catch(ignoreMissing)) ?? '{}'
  const { worldSize = Infinity } = JSON.parse(text) as { worldSize?: number }
  const seals = new Set(listings.flatMap((names = []) => names.filter((n) => sealOfRank.test(n))))
  return seals.size >= worldSize
}
