import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { ensureBucket } from '../src/aws/default-bucket'
import { rootOf } from '../src/aws/root-of'
import { feedEnvironment } from '../src/feeds/feed-environment'
import { comparesChampion } from '../src/gate'
import { regionsNamedBy } from '../src/regions/in-region'
import type { RunSite } from '../src/run-site'
import type { ResolvedSweep } from '../src/sweep/resolved-sweep'
import type { Dependencies } from './dependencies'
import { feedQuietly } from './feed-quietly'
import { feedSweep } from './feed-sweep'
import { readChampion } from './read-champion'
import { requireReachable } from './require-reachable'
import { checkReferences, referredTo } from './resolve-references'

/**
 * Finds out where a run's things will lie, makes the default bucket if it is not there, and refuses,
 * before anything is paid for, a run whose secrets or regions this worker lacks, or whose champion is
 * gone.
 */
export async function openRun(
  deps: Dependencies,
  options: {
    runId: string
    firstRunId: string
    pipeline: ResolvedPipeline
    /** Where it is kept: a sweep is no run. */
    folder?: 'runs' | 'sweeps'
    /** Its model was trained and paid for elsewhere: a permission that is lost is waited for. */
    afterPayment?: boolean
    /** False: it is compared with none. Unless given, once it is paid for: a champion that is gone is waited for. */
    needsChampion?: boolean
    /** What it is a sweep of, to be shown besides; absent: it is none, or is shown nowhere. */
    sweep?: ResolvedSweep
  },
): Promise<RunSite> {
  const { s3, region, account, env } = deps
  const { runId, firstRunId, pipeline, folder = 'runs', afterPayment = false, sweep } = options
  const { needsChampion = !afterPayment } = options
  for (const named of regionsNamedBy(pipeline)) requireReachable(deps, named)
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
  if (needsChampion && comparesChampion(pipeline)) await readChampion(deps, { pipeline })
  const site: RunSite = {
    account: owner,
    region,
    bucket,
    root,
    run: `${root}/${folder}/${runId}-${firstRunId.slice(0, 8)}`,
    runId,
    firstRunId,
  }
  if (sweep) {
    const work = (signal: AbortSignal) => feedSweep(deps, { site, sweep, signal })
    await feedQuietly(deps, { pipeline, what: runId, work })
  }
  return site
}
