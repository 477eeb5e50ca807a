import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { ensureBucket } from '../src/aws/default-bucket'
import { s3Uri } from '../src/aws/s3-uri'
import { defaultBucketName } from '../src/estimator/hugging-face-estimator'
import type { RunSite } from '../src/run-site'
import type { Dependencies } from './dependencies'
import { checkReferences } from './resolve-references'

/** Finds out where a run's things will lie, makes the default bucket if it is not there, and refuses a run whose secrets this worker lacks. */
export async function openRun(
  { s3, region, account, env }: Dependencies,
  options: { runId: string; firstRunId: string; pipeline: ResolvedPipeline },
): Promise<RunSite> {
  const { runId, firstRunId, pipeline } = options
  checkReferences({ environment: pipeline.train.environment, env })
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
