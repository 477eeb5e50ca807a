import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { defaultBucketName, ensureBucket } from '../src/aws/default-bucket'
import { s3Uri } from '../src/aws/s3-uri'
import type { RunSite } from '../src/run-site'
import type { Dependencies } from './dependencies'

/** Finds out where a run's things will lie, and makes the default bucket if it is not there. */
export async function openRun(
  { s3, region, account }: Dependencies,
  options: { runId: string; firstRunId: string; pipeline: ResolvedPipeline },
): Promise<RunSite> {
  const { runId, firstRunId, pipeline } = options
  const owner = await account()
  const bucket = pipeline.storage.bucket ?? defaultBucketName({ region, account: owner })
  await ensureBucket({
    s3,
    bucket,
    region,
    account: owner,
    create: pipeline.storage.bucket === undefined,
  })
  const root = s3Uri(bucket, pipeline.storage.prefix)
  return {
    account: owner,
    region,
    bucket,
    root,
    run: `${root}/runs/${runId}-${firstRunId.slice(0, 8)}`,
    runId,
    firstRunId,
  }
}
