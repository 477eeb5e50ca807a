import type { SageMakerClient } from '@aws-sdk/client-sagemaker'

import { tagsOf } from '../aws/tags-of'
import type { PaidJob } from './judged-job'
import { patiently } from './patiently'

export type Tags = ReadonlyMap<string, string>

/** By job: those that a client has read, for as long as its process runs. */
const known = new WeakMap<SageMakerClient, Map<string, Tags>>()

/**
 * Tags of a job, read once: Holdfast writes them with the create and never changes them. A name may
 * be used again after its job was deleted, so the time of creation tells two jobs apart.
 */
export async function jobTags(options: {
  sagemaker: SageMakerClient
  job: Pick<PaidJob, 'arn' | 'createdAt'>
}): Promise<Tags> {
  const { sagemaker, job } = options
  const cache = cacheOf(sagemaker)
  const found = cache.get(keyOf(job))
  if (found) return found
  const tags = new Map(Object.entries(await patiently(() => tagsOf(sagemaker, job.arn))))
  cache.set(keyOf(job), tags)
  return tags
}

/** Forgets the tags of all other jobs. */
export function keepOnlyTagsOf(options: {
  sagemaker: SageMakerClient
  jobs: readonly Pick<PaidJob, 'arn' | 'createdAt'>[]
}): void {
  const cache = cacheOf(options.sagemaker)
  const kept = new Set(options.jobs.map(keyOf))
  for (const key of cache.keys()) if (!kept.has(key)) cache.delete(key)
}

function cacheOf(sagemaker: SageMakerClient): Map<string, Tags> {
  const cache = known.get(sagemaker) ?? new Map<string, Tags>()
  known.set(sagemaker, cache)
  return cache
}

function keyOf({ arn, createdAt }: Pick<PaidJob, 'arn' | 'createdAt'>): string {
  return `${arn} ${createdAt}`
}
