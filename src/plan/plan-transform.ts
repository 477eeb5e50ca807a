/** What a batch transform would send, and the most that it can cost; nothing is sent. */

import { basename } from 'node:path'

import { joinUri, s3Uri } from '../aws/s3-uri'
import { isS3 } from '../config/locations'
import type { ResolvedTransform } from '../config/resolve-transform'
import { servingPrefix } from '../deploy/packing'
import { publishedRoot } from '../deploy/published-root'
import type { AwsCall } from '../estimator/aws-call'
import type { EstimatorFault } from '../estimator/estimator-fault'
import { defaultBucketName } from '../estimator/hugging-face-estimator'
import { putObjectParams } from '../estimator/put-object'
import { plannedRole } from '../estimator/role-arn'
import { servingFaults } from '../estimator/serving-refusals'
import { findPrice, type Price } from '../prices/price'
import { transformRequests } from '../transform/transform-requests'
import { regionOf, regionWarnings } from './plan-site'
import { plannedArchive } from './planned-archive'

export interface TransformPlan {
  /** What is sent, in order; names in angle brackets are decided when it starts. */
  calls: AwsCall[]
  region: string
  image: string
  /** What the service would refuse, or the user would regret. */
  faults: EstimatorFault[]
  warnings: string[]
  /** Should the job run for all of `maxRun`. */
  most: {
    instanceType: string
    /** Of one instance. */
    hours: number
    /** US dollars; null: no price is known. */
    usd: number | null
    price: Price | null
    /** What has no price, in words. */
    missing: string[]
  }
}

/**
 * @throws HoldfastError `E_NO_IMAGE`, `E_IMAGE_VERSIONS`
 * @example
 * const { transform } = await loadTransform({ path: 'transform.yaml' })
 * const { calls, most } = planTransform({ transform, env: process.env })
 */
export function planTransform(options: {
  transform: ResolvedTransform
  /** Absent: the region of `env`, and `<account>`. */
  session?: { region: string; account: string } | undefined
  prices?: readonly Price[] | undefined
  env: Record<string, string | undefined>
}): TransformPlan {
  const { transform: planned, session, prices = [], env } = options
  const { name, published, transformer, transform, maxRun } = planned
  const region = regionOf(options)
  const account = session?.account ?? '<account>'
  const { role, warnings } = plannedRole({
    given: planned.model.role,
    env,
    missing: 'no execution role: set model.role, or SAGEMAKER_ROLE_ARN',
    ...{ region, account },
  })
  const bucket = defaultBucketName({ region, account })
  const root = publishedRoot({ published, site: { region, account } })
  const model = {
    ...planned.model,
    ...(published && { modelData: plannedArchive({ root, published }) }),
    role,
  }
  const into = joinUri(
    model.codeLocation ?? s3Uri(bucket, servingPrefix),
    'packed/<content>/model.tar.gz',
  )
  const script = model.entryPoint === undefined ? undefined : basename(model.entryPoint)
  const isLocal = !isS3(transform.data)
  const input = joinUri(root, 'transforms/inputs/<content>', basename(transform.data))
  const { model: created, job } = transformRequests({
    order: {
      ...{ model, transformer },
      transform: { ...transform, data: isLocal ? input : transform.data },
      ...(script !== undefined && { packing: { ...unknownSources, script, into } }),
    },
    site: { account, region },
    ...{ modelName: `${name}-<run>-t1`, jobName: `${name}-<run>-t1` },
    outputUri: joinUri(root, `transforms/${name}-<run>/output`),
    tags: {},
  })
  const put = (uri: string): AwsCall => ({
    service: 's3',
    op: 'PutObject',
    params: putObjectParams({
      uri,
      session: { region, account, defaultBucket: bucket },
      encryption: 'plain',
    }),
  })
  const { instanceType, instanceCount } = transformer
  const price = findPrice({ prices, instanceType, use: 'transform' })
  const hours = (instanceCount * maxRun) / 3600
  return {
    calls: [
      ...(isLocal ? [put(input)] : []),
      ...(script === undefined ? [] : [put(into)]),
      { service: 'sagemaker', op: 'CreateModel', params: created },
      { service: 'sagemaker', op: 'CreateTransformJob', params: job },
      { service: 'sagemaker', op: 'DeleteModel', params: { ModelName: created.ModelName } },
    ],
    region,
    image: created.PrimaryContainer?.Image ?? '',
    faults: servingFaults({ model }),
    warnings: [...warnings, ...regionWarnings(options)],
    most: {
      ...{ instanceType, hours, price: price ?? null },
      usd: price ? Math.round(price.usdPerHour * hours * 100) / 100 : null,
      missing: price ? [] : [`${instanceType} (transform)`],
    },
  }
}

const unknownSources = {
  code: { uri: '', sha256: '' },
  replacesCode: true,
  model: { uri: '', etag: '' },
}
