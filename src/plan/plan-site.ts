/** Where a planned run's things would lie. Angle brackets stand for what the run decides. */

import { ownRegion } from '../aws/own-region'
import { rootOf } from '../aws/root-of'
import type { ResolvedPipeline } from '../config/resolved-pipeline'
import type { EstimatorSession } from '../estimator/hugging-face-estimator'
import { plannedRole } from '../estimator/role-arn'
import type { RunSite } from '../run-site'

export interface PlanSite {
  site: RunSite
  session: EstimatorSession
  /** ARN of the execution role. */
  role: string
  /** Sentences about what is missing in the environment. */
  warnings: string[]
}

export interface PlanSiteOptions {
  pipeline: ResolvedPipeline
  /** Absent: the region of `env`, and `<account>`. */
  session?: { region: string; account: string } | undefined
  /** `s3://` prefix of the run; absent: below the pipeline's storage. */
  runPrefix?: string | undefined
  env: Record<string, string | undefined>
}

/** The region of a plan that is given none. */
export function regionOf({ session, env }: Pick<PlanSiteOptions, 'session' | 'env'>): string {
  return session?.region ?? ownRegion(env) ?? 'us-east-1'
}

/** Said of a plan whose region was only assumed. */
export function regionWarnings(options: Pick<PlanSiteOptions, 'session' | 'env'>): string[] {
  const said = options.session !== undefined || ownRegion(options.env) !== undefined
  return said ? [] : [`no AWS_REGION: planned for ${regionOf(options)}`]
}

export function planSite(options: PlanSiteOptions): PlanSite {
  const { pipeline, env } = options
  const region = regionOf(options)
  const account = options.session?.account ?? '<account>'
  const { bucket, root } = rootOf({ pipeline, region, account })
  const run = options.runPrefix ?? `${root}/runs/${pipeline.name}-<run>`
  const { role, warnings } = plannedRole({
    given: pipeline.train.role,
    env,
    missing: 'no execution role: set train.role, or SAGEMAKER_ROLE_ARN for the worker',
    ...{ region, account },
  })
  warnings.push(...regionWarnings(options))
  return {
    site: { account, region, bucket, root, run, runId: '<run>', firstRunId: '<id>' },
    session: { region, account, defaultBucket: bucket },
    role,
    warnings,
  }
}
