/** The calls of an attempt, with the copies before and after it where it is in another region. */

import { encryptionBy } from '../aws/encryption'
import { joinUri, parseS3Uri } from '../aws/s3-uri'
import { hasDataset } from '../config/has-dataset'
import type { Placement, ResolvedPipeline } from '../config/resolved-pipeline'
import type { AwsCall } from '../estimator/aws-call'
import type { RunSite } from '../run-site'
import { trainingCalls } from './job-calls'
import { plannedIn } from './plan-regions'
import type { PlanSite } from './plan-site'
import { codeUri, datasetUri, modelUri, put } from './upload-calls'

type Planned = PlanSite & { pipeline: ResolvedPipeline; placement: Placement }

/** Nothing has been saved yet: no checkpoint is copied there. */
export function attemptCalls(planned: Planned): AwsCall[] {
  const { placement, site: home } = planned
  const there = { ...plannedIn({ planned, region: placement.region }), placement }
  const calls = trainingCalls(there)
  if (placement.region === undefined) return calls
  const { site, pipeline } = there
  const attempt = (at: RunSite, ...path: string[]) => joinUri(at.run, 'attempts', '1', ...path)
  const job = [`${pipeline.name}-<hash>-a1`, 'output', '<file>']
  return [
    {
      service: 's3',
      op: 'HeadBucket',
      params: { Bucket: site.bucket, ExpectedBucketOwner: site.account },
    },
    ...inputCopies(planned, there),
    ...calls,
    copy({
      from: attempt(site, ...job),
      to: attempt(home, ...job),
      account: home.account,
      kmsKey: planned.pipeline.train.estimator['outputKmsKey'],
    }),
  ]
}

function inputCopies(home: Planned, there: Planned): AwsCall[] {
  const { site, pipeline } = there
  const { account } = site
  const kmsKey = pipeline.train.estimator['outputKmsKey']
  const [from, to] = [modelUri(home), modelUri(there)]
  const manifest = (uri: string) =>
    put({ site, uri: joinUri(uri, 'manifest.json'), guardedBy: pipeline })
  const data = [datasetUri(home.site), datasetUri(site)] as const
  return [
    ...(hasDataset(pipeline)
      ? [
          copy({
            from: joinUri(data[0], '<file>'),
            to: joinUri(data[1], '<file>'),
            account,
            kmsKey,
          }),
          manifest(data[1]),
        ]
      : []),
    copy({ from: codeUri(home), to: codeUri(there), account, kmsKey }),
    ...(from !== undefined && to !== undefined
      ? [
          copy({ from: joinUri(from, '<file>'), to: joinUri(to, '<file>'), account, kmsKey }),
          manifest(to.replace(/\/files$/, '')),
        ]
      : []),
  ]
}

function copy(options: { from: string; to: string; account: string; kmsKey: unknown }): AwsCall {
  const { from, to, account, kmsKey } = options
  const [source, target] = [parseS3Uri(from), parseS3Uri(to)]
  return {
    service: 's3',
    op: 'CopyObject',
    params: {
      Bucket: target.bucket,
      Key: target.key,
      ExpectedBucketOwner: account,
      ...encryptionBy(kmsKey),
      CopySource: `${source.bucket}/${source.key}`,
      ExpectedSourceBucketOwner: account,
      ChecksumAlgorithm: 'SHA256',
    },
  }
}
