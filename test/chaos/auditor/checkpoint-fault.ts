/**
 * What a training left of its checkpoints in S3. Old ones may be deleted, newer ones never while an older
 * one stays: one torn save more, and the training would go on from further back than it had to.
 */

import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'

import type { JournalJob } from './read-journal'

export async function checkpointFault(options: {
  s3: S3Client
  /** A training that has completed, so that its last sync was a whole one. */
  job: JournalJob
}): Promise<string | undefined> {
  const { s3, job } = options
  const [, Bucket = '', Prefix = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(job.checkpoints ?? '') ?? []
  if (Bucket === '') return undefined
  const steps = new Set<number>()
  let ContinuationToken: string | undefined
  do {
    const page = await s3.send(
      new ListObjectsV2Command({
        Bucket,
        Prefix: `${Prefix.replace(/\/+$/, '')}/`,
        ...(ContinuationToken ? { ContinuationToken } : {}),
      }),
    )
    for (const { Key = '' } of page.Contents ?? []) {
      const step = /\/checkpoint-(\d+)\/holdfast-manifest\.json$/.exec(Key)?.[1]
      if (step !== undefined) steps.add(Number(step))
    }
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  const { saveSteps } = job
  if (saveSteps === undefined || steps.size === 0) return undefined
  const [oldest, newest] = [Math.min(...steps), Math.max(...steps)]
  for (let step = oldest; step <= newest; step += saveSteps)
    if (!steps.has(step))
      return `checkpoint-${step} was deleted, and the older checkpoint-${oldest} kept`
  return undefined
}
