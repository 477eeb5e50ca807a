import { canonicalJson, jobName, ownerTag, sha256 } from '../src/aws/names'
import { joinUri } from '../src/aws/s3-uri'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { executionRole } from '../src/estimator/role-arn'
import type { FrozenJob, JobKind } from '../src/job'
import type { RunSite } from '../src/run-site'
import { ownerOf, storageOf, type Dependencies } from './dependencies'

/** A request before it has its tags. */
export interface UnfrozenJob {
  kind: JobKind
  /** `train`, `evaluate` or `transform`. */
  step: string
  attempt: number
  /** Seconds after which nothing of this job may be running: a reaper may then stop it. */
  lifetime: number
  outputUri(jobName: string): string
  request(options: { jobName: string; tags: Record<string, string> }): object
}

/**
 * Builds a request once, for good: it is stored under the attempt's own key, and whoever comes
 * second (another try of this activity, another worker) gets what is stored.
 */
export async function freezeJob(options: {
  deps: Dependencies
  site: RunSite
  /** What the job is called after. */
  pipeline: Pick<ResolvedPipeline, 'name'>
  job: UnfrozenJob
}): Promise<FrozenJob> {
  const { deps, site, pipeline, job } = options
  const owner = ownerOf({ deps, site })
  const name = jobName({ slug: pipeline.name, owner, step: job.step, attempt: job.attempt })
  const fingerprint = sha256(canonicalJson(job.request({ jobName: name, tags: {} })))
  const request = job.request({
    jobName: name,
    tags: {
      'holdfast:managed-by': 'holdfast',
      'holdfast:run': site.runId,
      'holdfast:owner': ownerTag(owner),
      // Of the request alone: tags and times may differ between two tries, the work may not.
      'holdfast:fingerprint': fingerprint,
      'holdfast:expires-at': new Date(Date.now() + job.lifetime * 1000).toISOString(),
    },
  })
  const requestUri = joinUri(
    site.run,
    job.step === 'evaluate' ? 'evaluation' : 'attempts',
    String(job.attempt),
    'request.json',
  )
  const storage = await storageOf(deps)
  await storage.writeIfAbsent(requestUri, JSON.stringify(request, null, 2))
  const stored = await storage.read(requestUri)
  return {
    kind: job.kind,
    jobName: name,
    requestUri,
    sha256: sha256(stored),
    fingerprint,
    outputUri: job.outputUri(name),
  }
}

/** The execution role's ARN: from the config, else from the worker's environment. */
export function roleOf({
  deps,
  site,
  pipeline,
}: {
  deps: Dependencies
  site: RunSite
  pipeline: ResolvedPipeline
}): string {
  const { region, account } = site
  return executionRole({
    given: pipeline.train.role,
    env: deps.env,
    where: 'train.role',
    hint: 'set train.role, or start the worker with SAGEMAKER_ROLE_ARN',
    ...{ region, account },
  })
}
