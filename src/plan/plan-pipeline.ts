/** What a run would do: every request in order, and nothing sent. */

import type {
  CreateModelPackageInput,
  CreateProcessingJobRequest,
  CreateTrainingJobRequest,
} from '@aws-sdk/client-sagemaker'
import { parseS3Uri } from '../aws/s3-uri'
import type { Placement, ResolvedPipeline } from '../config/resolved-pipeline'
import { defaultBucketName } from '../estimator/hugging-face-estimator'
import type { HuggingFaceEstimator } from '../estimator/hugging-face-estimator'
import { partitionOf } from '../estimator/instance-types'
import { createModelPackageRequest } from '../estimator/model-package-request'
import { createEvaluationJobRequest } from '../estimator/processing-job-request'
import { estimatorFaults } from '../estimator/refusals'
import type { EstimatorFault } from '../estimator/refusals'
import { createTrainingJobRequest } from '../estimator/training-job-request'
import { checkpointsOf } from '../run-site'
import { evaluationSecurity } from './evaluation-security'
import { imagesFor } from './images-for'
import { estimatorFor, pipelineInputs } from './pipeline-estimator'

/** Request parameters as the service takes them; angle brackets stand for what a run decides. */
export type PlannedRequest =
  | { service: 's3'; op: 'PutObject'; params: Record<string, unknown> }
  | { service: 'sagemaker'; op: 'CreateTrainingJob'; params: CreateTrainingJobRequest }
  | { service: 'sagemaker'; op: 'CreateProcessingJob'; params: CreateProcessingJobRequest }
  | { service: 'sagemaker'; op: 'CreateModelPackageGroup'; params: Record<string, unknown> }
  | { service: 'sagemaker'; op: 'CreateModelPackage'; params: CreateModelPackageInput }

export interface Plan {
  pipeline: string
  region: string
  runPrefix: string
  image: string
  inferenceImage: string
  notes: string[]
  warnings: string[]
  /** What the service would refuse, or the user would regret. */
  faults: EstimatorFault[]
  channels: { name: string; uri: string }[]
  /** In the order in which they are tried. */
  placements: (Placement & { instanceCount: number })[]
  /** Seconds, GiB. */
  limits: { maxRun: number; maxWait: number | null; volumeSize: number; evaluationMaxRun: number }
  /** `unknown` without a price list; never a guess. */
  price: { amount: 'unknown'; reason: string }
  requests: PlannedRequest[]
}

export interface PlanOptions {
  pipeline: ResolvedPipeline
  /** Absent: the region of `env`, and `<account>`. */
  session?: { region: string; account: string } | undefined
  /** `s3://` prefix of the run; absent: below the pipeline's storage. */
  runPrefix?: string | undefined
  env: Record<string, string | undefined>
}

/**
 * @example
 * const plan = planPipeline({ pipeline, env: process.env })
 * console.log(formatPlan(plan))
 */
export function planPipeline(options: PlanOptions): Plan {
  const { pipeline } = options
  const { train } = pipeline
  const place = placeOf(options)
  const images = imagesFor({ pipeline, region: place.session.region })
  const first = train.placements[0]
  const training = trainingRequest({ ...place, pipeline, placement: first })
  const faults = train.placements.flatMap((placement) =>
    estimatorFaults({
      estimator: estimatorFor({ ...place, pipeline, placement }),
      jobName: slugName(pipeline, 'a1'),
      region: place.session.region,
    }),
  )
  return {
    pipeline: pipeline.name,
    region: place.session.region,
    runPrefix: place.runPrefix,
    image: images.training,
    inferenceImage: images.serving,
    notes: notesOf(options),
    warnings: [...(images.warning ? [images.warning] : []), ...place.warnings],
    faults: [...new Map(faults.map((fault) => [fault.field + fault.what, fault])).values()],
    channels: (training.InputDataConfig ?? []).map((channel) => ({
      name: channel.ChannelName ?? '',
      uri: channel.DataSource?.S3DataSource?.S3Uri ?? '',
    })),
    placements: train.placements.map((one) => ({ ...one, instanceCount: train.instanceCount })),
    limits: {
      maxRun: train.maxRun,
      maxWait: train.placements.some((one) => one.useSpotInstances) ? train.maxWait : null,
      volumeSize: train.volumeSize,
      evaluationMaxRun: pipeline.evaluate.maxRun,
    },
    price: { amount: 'unknown', reason: 'no price list is configured' },
    requests: [
      ...codeRequest(place),
      { service: 'sagemaker', op: 'CreateTrainingJob', params: training },
      evaluationRequest({ ...place, pipeline, image: images.training }),
      ...packageRequests({ ...place, pipeline, image: images.serving }),
    ],
  }
}

interface Place {
  session: { region: string; account: string; defaultBucket: string }
  region: string
  bucket: string
  runPrefix: string
  /** `s3://bucket/prefix` of everything of Holdfast. */
  root: string
  role: string
  codeUri: string
  checkpointS3Uri: string | null
  warnings: string[]
}

function placeOf(options: PlanOptions): Place {
  const { pipeline, env } = options
  const region = options.session?.region ?? env['AWS_REGION'] ?? 'us-east-1'
  const account = options.session?.account ?? '<account>'
  const defaultBucket = defaultBucketName({ region, account })
  const bucket = pipeline.storage.bucket ?? defaultBucket
  const root = `s3://${bucket}/${pipeline.storage.prefix}`
  const runPrefix = options.runPrefix ?? `${root}/runs/${pipeline.name}-<run>`
  const given = pipeline.train.role ?? env['SAGEMAKER_ROLE_ARN']
  const role = given ?? '<SAGEMAKER_ROLE_ARN>'
  const warnings = [
    ...(given === undefined
      ? ['no execution role: set train.role, or SAGEMAKER_ROLE_ARN for the worker']
      : []),
    ...(given !== undefined && !given.includes('/')
      ? [`the role ${given} is a name: its ARN is taken to have no path`]
      : []),
    ...(options.session === undefined && env['AWS_REGION'] === undefined
      ? [`no AWS_REGION: planned for ${region}`]
      : []),
  ]
  return {
    session: { region, account, defaultBucket },
    region,
    bucket,
    runPrefix,
    root,
    role: role.includes('/') ? role : `arn:${partitionOf(region)}:iam::${account}:role/${role}`,
    codeUri: pipeline.train.sourceDir.startsWith('s3://')
      ? pipeline.train.sourceDir
      : `${runPrefix}/source/<sha256>/sourcedir.tar.gz`,
    checkpointS3Uri: checkpointsOf({
      site: { account, region, bucket, root, run: runPrefix, runId: '<run>', firstRunId: '<id>' },
      pipeline,
    }),
    warnings,
  }
}

/** A name of the right form and length; the real one carries the run's hash. */
function slugName(pipeline: ResolvedPipeline, end: string): string {
  return `${pipeline.name}-0000000000-${end}`
}

function trainingRequest(
  options: Place & { pipeline: ResolvedPipeline; placement: Placement | undefined },
): CreateTrainingJobRequest {
  const { pipeline, placement } = options
  const estimator: HuggingFaceEstimator = estimatorFor({
    ...options,
    placement: placement ?? { instanceType: 'ml.g5.xlarge', useSpotInstances: false },
    outputPath: `${options.runPrefix}/attempts/1`,
  })
  return createTrainingJobRequest({
    estimator,
    jobName: `${pipeline.name}-<hash>-a1`,
    inputs: pipelineInputs({
      datasetUri: `${options.root}/datasets/<hash>`,
      validation: pipeline.dataset.split.validation !== undefined,
      modelUri: modelUriOf(options),
    }),
    session: options.session,
    codeUri: options.codeUri,
  })
}

function modelUriOf(options: Place & { pipeline: ResolvedPipeline }): string | undefined {
  const { model } = options.pipeline
  if (model.kind === 'hub') return undefined
  return model.path.startsWith('s3://') ? model.path : `${options.root}/inputs/model/<sha256>/files`
}

/** Nothing to upload when the user's code is on S3 already. */
function codeRequest({ codeUri, session }: Place): PlannedRequest[] {
  if (!codeUri.includes('<sha256>')) return []
  const { bucket, key } = parseS3Uri(codeUri)
  const params = {
    Bucket: bucket,
    Key: key,
    Body: '<sourcedir.tar.gz>',
    ExpectedBucketOwner: session.account,
  }
  return [{ service: 's3', op: 'PutObject', params }]
}

function evaluationRequest(
  options: Place & { pipeline: ResolvedPipeline; image: string },
): PlannedRequest {
  const { pipeline, root, runPrefix } = options
  const jobName = `${pipeline.name}-<hash>-a1`
  return {
    service: 'sagemaker',
    op: 'CreateProcessingJob',
    params: createEvaluationJobRequest({
      jobName: `${pipeline.name}-<hash>-e1`,
      imageUri: options.image,
      role: options.role,
      instanceType: pipeline.evaluate.instanceType,
      volumeSize: pipeline.train.volumeSize,
      maxRun: pipeline.evaluate.maxRun,
      codeUri: `${runPrefix}/source/evaluate`,
      modelUri: `${runPrefix}/attempts/1/${jobName}/output/model.tar.gz`,
      testUri: `${root}/datasets/<hash>/test`,
      outputUri: `${runPrefix}/evaluation`,
      tags: pipeline.tags,
      ...evaluationSecurity(pipeline.train.estimator),
    }),
  }
}

function packageRequests(
  options: Place & { pipeline: ResolvedPipeline; image: string },
): PlannedRequest[] {
  const { pipeline, root } = options
  if (!pipeline.publish) return []
  const groupName = pipeline.publish.model
  const home = `${root}/models/${groupName}/<sha256>`
  return [
    {
      service: 'sagemaker',
      op: 'CreateModelPackageGroup',
      params: { ModelPackageGroupName: groupName },
    },
    {
      service: 'sagemaker',
      op: 'CreateModelPackage',
      params: {
        ...createModelPackageRequest({
          groupName,
          artifactUri: `${home}/model.tar.gz`,
          imageUri: options.image,
          metrics: {},
          metricsUri: `${home}/manifest.json`,
          sha256: '<sha256>',
          run: pipeline.name,
          clientToken: '00000000-0000-4000-a000-000000000000',
        }),
        ClientToken: '<token>',
      },
    },
  ]
}

function notesOf({ pipeline }: PlanOptions): string[] {
  const { train, evaluate, publish } = pipeline
  const gate = evaluate.atLeast === undefined ? 'a finite number' : `at least ${evaluate.atLeast}`
  const spot = train.placements.some((one) => one.useSpotInstances)
  return [
    'Names in angle brackets are decided by the run: hashes of its content and of its id.',
    'Data, base model, evaluate.py and manifests are uploaded too, unless they are there already.',
    ...(spot ? ['A spot interruption is resumed by SageMaker inside the same job.'] : []),
    ...(train.placements.length > 1
      ? ['The next placement follows a lack of capacity, with the same checkpoints.']
      : []),
    publish
      ? `The next version of ${publish.model} is published when ${evaluate.metric} is ${gate}.`
      : 'Nothing is published: the pipeline has no `publish`.',
  ]
}
