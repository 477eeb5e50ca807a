/** The S3 calls with which a run prepares and uploads what its jobs read. Nothing is sent here. */

import { encryptionBy } from '../aws/encryption'
import { joinUri, parseS3Uri } from '../aws/s3-uri'
import { hasDataset } from '../config/has-dataset'
import type { ResolvedPipeline } from '../config/resolved-pipeline'
import type { AwsCall } from '../estimator/aws-call'
import type { RunSite } from '../run-site'

interface Upload {
  site: RunSite
  pipeline: ResolvedPipeline
}

/** From the look at the bucket to the manifest of all inputs; `<file>` stands for each file of its kind. */
export function uploadCalls({ site, pipeline }: Upload): AwsCall[] {
  return [
    {
      service: 's3',
      op: 'HeadBucket',
      params: { Bucket: site.bucket, ExpectedBucketOwner: site.account },
    },
    ...(hasDataset(pipeline) ? datasetCalls({ site, pipeline }) : []),
    ...codeCalls({ site, pipeline }),
    ...modelCalls({ site, pipeline }),
    put({ site, uri: joinUri(site.run, 'inputs.json'), guardedBy: pipeline }),
  ]
}

/** Content-addressed: whatever makes the same rows finds them there. */
export function datasetUri(site: RunSite): string {
  return joinUri(site.root, 'datasets', '<dataset>')
}

/** Prefix of the script that scores the model. */
export function evaluateCodeUri(site: RunSite): string {
  return joinUri(site.run, 'source', 'evaluate', '<sha256>')
}

/** Code in S3 is the user's own, and is used where it lies. */
export function codeUri({ site, pipeline }: Upload): string {
  const { sourceDir } = pipeline.train
  return sourceDir.startsWith('s3://')
    ? sourceDir
    : joinUri(site.run, 'source', '<sha256>', 'sourcedir.tar.gz')
}

/** Prefix of the base model's files; undefined when the script gets it by itself. */
export function modelUri({ site, pipeline }: Upload): string | undefined {
  const { model } = pipeline
  if (model?.kind !== 'directory') return undefined
  return model.path.startsWith('s3://') ? model.path : joinUri(modelHome(site), 'files')
}

function modelHome(site: RunSite): string {
  return joinUri(site.root, 'inputs', 'model', '<model>')
}

/** Writes an object: `once` only where there is none, `stream` without knowing its size. */
export function put(options: {
  site: RunSite
  uri: string
  body?: string
  as?: 'once' | 'stream'
  /** Of what holds code, data or a model: the key that it is written under, if the pipeline has one. */
  guardedBy?: ResolvedPipeline
}): AwsCall {
  const { site, uri, body = '<bytes>', as, guardedBy } = options
  const { bucket, key } = parseS3Uri(uri)
  return {
    service: 's3',
    op: 'PutObject',
    params: {
      Bucket: bucket,
      Key: key,
      ExpectedBucketOwner: site.account,
      ...encryptionBy(guardedBy?.train.estimator['outputKmsKey']),
      Body: body,
      ...(as === undefined && { ContentLength: '<size>' }),
      ...(as === 'once' && { IfNoneMatch: '*' }),
    },
  }
}

/** Staged, verified byte for byte, and sealed by a manifest that is written last. */
function datasetCalls({ site, pipeline }: Upload): AwsCall[] {
  const staged = joinUri(site.root, 'staging', '<run>', '<dataset>')
  const home = datasetUri(site)
  const { bucket, key: stagedKey } = parseS3Uri(staged)
  return [
    put({ site, uri: joinUri(staged, '<file>'), as: 'stream', guardedBy: pipeline }),
    put({ site, uri: joinUri(staged, 'manifest.json'), guardedBy: pipeline }),
    {
      service: 's3',
      op: 'CopyObject',
      params: {
        Bucket: bucket,
        Key: parseS3Uri(joinUri(home, '<file>')).key,
        ExpectedBucketOwner: site.account,
        ...encryptionBy(pipeline.train.estimator['outputKmsKey']),
        CopySource: `${bucket}/${stagedKey}/<file>`,
        ExpectedSourceBucketOwner: site.account,
        ChecksumAlgorithm: 'SHA256',
      },
    },
    put({ site, uri: joinUri(home, 'manifest.json'), as: 'once', guardedBy: pipeline }),
    put({
      site,
      uri: joinUri(site.root, 'datasets', 'latest', `${pipeline.name}.json`),
      guardedBy: pipeline,
    }),
    {
      service: 's3',
      op: 'DeleteObjects',
      params: {
        Bucket: bucket,
        Delete: { Objects: [{ Key: `${stagedKey}/<file>` }], Quiet: true },
        ExpectedBucketOwner: site.account,
      },
    },
    put({ site, uri: joinUri(evaluateCodeUri(site), 'evaluate.py'), guardedBy: pipeline }),
  ]
}

function codeCalls(upload: Upload): AwsCall[] {
  const uri = codeUri(upload)
  return uri === upload.pipeline.train.sourceDir
    ? []
    : [
        put({
          site: upload.site,
          uri,
          body: '<sourcedir.tar.gz>',
          guardedBy: upload.pipeline,
        }),
      ]
}

function modelCalls(upload: Upload): AwsCall[] {
  const { site, pipeline } = upload
  const uri = modelUri(upload)
  if (uri === undefined || (pipeline.model?.kind === 'directory' && uri === pipeline.model.path))
    return []
  return [
    put({ site, uri: joinUri(uri, '<file>'), guardedBy: pipeline }),
    put({ site, uri: joinUri(modelHome(site), 'manifest.json'), as: 'once', guardedBy: pipeline }),
  ]
}
