import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { ensureBucket } from '../src/aws/default-bucket'
import { rootOf } from '../src/aws/root-of'
import { feedEnvironment } from '../src/feeds/feed-environment'
import type { RunSite } from '../src/run-site'
import type { Dependencies } from './dependencies'
import { checkReferences, referredTo } from './resolve-references'

/** Finds out where a run's things will lie, makes the default bucket if it is not there, and refuses a run whose secrets this worker lacks. */
export async function openRun(
  { s3, region, account, env }: Dependencies,
  options: {
    runId: string
    firstRunId: string
    pipeline: ResolvedPipeline
    /** Where it is kept: a sweep is no run. */
    folder?: 'runs' | 'sweeps'
    /** Its model was trained and paid for elsewhere: a permission that is lost is waited for. */
    afterPayment?: boolean
  },
): Promise<RunSite> {
  const { runId, firstRunId, pipeline, folder = 'runs' } = options
  const environment = {
    ...feedEnvironment({ pipeline, runPrefix: '' }),
    ...pipeline.train.environment,
  }
  checkReferences({ environment, env })
  const { hub } = pipeline.publish ?? {}
  // Hours before it is needed: nothing has been paid for yet.
  if (hub) referredTo({ value: hub.token, where: 'publish.hub.token', env })
  const owner = await account()
  const { bucket, root } = rootOf({ pipeline, region, account: owner })
  await ensureBucket({
    s3,
    bucket,
    region,
    account: owner,
    create: pipeline.storage.bucket === undefined,
  })
  return {
    account: owner,
    region,
    bucket,
    root,
    run: `${root}/${folder}/${runId}-${firstRunId.slice(0, 8)}`,
    runId,
    firstRunId,
  }
}
