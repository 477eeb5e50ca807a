/** Which objects of a channel go to which host, and under what name. */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { z } from 'zod'

import { messageOf } from '../../../errors'
import { locate } from './context'
import { hostsOfChannel, type Host } from './host'
import { JobFailure } from './job'
import type { Channel } from './job-request'
import { relativeName, type S3Transfer } from './s3-transfer'

export interface ChannelObject {
  bucket: string
  key: string
  /** Its file below the channel's folder. */
  name: string
}

/** `[{"prefix": "s3://bucket/some/"}, "one", "folder/two", ...]`: S3DataSource in the API reference. */
const manifestSchema = z.tuple([z.looseObject({ prefix: z.string() })], z.string())

/** All of a FullyReplicated channel; of a ShardedByS3Key one, every nth object by key. */
export function shareOf(options: {
  channel: Channel
  objects: readonly ChannelObject[]
  hosts: readonly Host[]
  host: Host
}): ChannelObject[] {
  const { channel, objects, hosts, host } = options
  const mine = hostsOfChannel(channel, hosts).findIndex(({ name }) => name === host.name)
  if (mine === -1) return []
  if (channel.DataSource?.S3DataSource?.S3DataDistributionType !== 'ShardedByS3Key')
    return [...objects]
  const sorted = [...objects].sort((a, b) => (a.key < b.key ? -1 : 1))
  const width = hostsOfChannel(channel, hosts).length
  return sorted.filter((_, index) => index % width === mine)
}

export async function channelObjects(options: {
  s3: S3Transfer
  channel: Channel
  signal: AbortSignal
}): Promise<ChannelObject[]> {
  const source = options.channel.DataSource?.S3DataSource
  const from = locate(source?.S3Uri ?? '')
  if (source?.S3DataType === 'ManifestFile') return await fromManifest({ ...options, from })
  const found = await options.s3.list({ at: from, signal: options.signal })
  if (found.length === 0) throw nothingUnder(source?.S3Uri ?? '')
  return found.map(({ key }) => ({
    bucket: from.bucket,
    key,
    name: relativeName({ prefix: from.key, key }),
  }))
}

function nothingUnder(uri: string): JobFailure {
  return new JobFailure(
    `ClientError: Data download failed:No S3 objects found under S3 URL "${uri}"`,
  )
}

async function fromManifest(options: {
  s3: S3Transfer
  channel: Channel
  from: { bucket: string; key: string }
  signal: AbortSignal
}): Promise<ChannelObject[]> {
  const [{ prefix }, ...names] = await readManifest(options)
  const root = locate(prefix)
  return names.map((name) => ({
    bucket: root.bucket,
    key: root.key + name,
    name: relativeName({ prefix: root.key, key: root.key + name }),
  }))
}

async function readManifest(options: {
  s3: S3Transfer
  channel: Channel
  from: { bucket: string; key: string }
  signal: AbortSignal
}): Promise<z.infer<typeof manifestSchema>> {
  const { s3, channel, from, signal } = options
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-manifest-'))
  try {
    const file = join(folder, 'manifest.json')
    await s3.get({ ...from, file, signal })
    return manifestSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    if (error instanceof JobFailure || signal.aborted) throw error
    throw new JobFailure(
      `ClientError: Data download failed:the manifest of channel ${channel.ChannelName} is not read: ${messageOf(error)}`,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
