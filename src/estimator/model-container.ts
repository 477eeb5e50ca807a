/** The container of CreateModel and of a model package, and the upload that it relies on. */

import { basename } from 'node:path'
import type {
  ContainerDefinition,
  CreateModelInput,
  ModelDataSource,
  S3ModelDataSource,
  Tag,
} from '@aws-sdk/client-sagemaker'
import { parseS3Uri, s3Uri } from '../aws/s3-uri'
import type { AwsCall } from './aws-call'
import type { EstimatorSession } from './hugging-face-estimator'
import type { HuggingFaceModel } from './hugging-face-model'
import { imageName, nameFromBase } from './names-from-base'
import { putObjectParams } from './put-object'
import { roleArn } from './role-arn'

export interface ContainerOptions {
  model: HuggingFaceModel
  session: EstimatorSession
  image: string
  stamp: string
  /** Of a model that is given under conditions. */
  acceptEula?: boolean | undefined
  /** ARN of a model reference in a hub. */
  modelReferenceArn?: string | undefined
}

export interface ModelContainer {
  container: ContainerDefinition
  /** PutObject of the archive with the script in it, when there is a script to pack. */
  uploads: AwsCall[]
}

/** S3 URI of the archive that is packed anew; undefined where the model's data is used as it is. */
export function repackedModelUri(options: ContainerOptions): string | undefined {
  const { model, session, image, stamp } = options
  if (model.entryPoint === undefined || typeof model.modelData !== 'string') return undefined
  const folder = model.name ?? nameFromBase({ base: imageName(image), stamp })
  if (model.codeLocation === undefined) {
    return s3Uri(session.defaultBucket, session.defaultBucketPrefix ?? '', folder, 'model.tar.gz')
  }
  const { bucket, key } = parseS3Uri(model.codeLocation)
  return s3Uri(bucket, key, folder, 'model.tar.gz')
}

export function modelContainer(options: ContainerOptions): ModelContainer {
  const { model, session, image } = options
  const repacked = repackedModelUri(options)
  const data = repacked ?? model.modelData
  const encryption = model.modelKmsKey ? { kmsKey: model.modelKmsKey } : 'kms'
  return {
    container: {
      Image: image,
      Environment: environmentOf({ model, region: session.region, repacked }),
      ...(data !== undefined && dataOf(data, options)),
      ...(model.imageConfig && { ImageConfig: model.imageConfig }),
    },
    uploads:
      repacked === undefined
        ? []
        : [
            {
              service: 's3',
              op: 'PutObject',
              params: putObjectParams({ uri: repacked, session, encryption }),
            },
          ],
  }
}

export function createModelCall(options: {
  model: HuggingFaceModel
  name: string
  container: ContainerDefinition
  tags: Tag[] | undefined
}): AwsCall {
  const { model, tags } = options
  const params: CreateModelInput = {
    ModelName: options.name,
    ExecutionRoleArn: roleArn(model.role),
    PrimaryContainer: options.container,
    ...(tags && tags.length > 0 && { Tags: tags }),
    ...(model.vpcConfig && { VpcConfig: model.vpcConfig }),
    ...(model.enableNetworkIsolation && { EnableNetworkIsolation: true }),
  }
  return { service: 'sagemaker', op: 'CreateModel', params }
}

/** The server reads the script's name and folder from here; both are empty without a script. */
function environmentOf(options: {
  model: HuggingFaceModel
  region: string
  repacked: string | undefined
}): Record<string, string> {
  const { model, repacked } = options
  const env = model.env ?? {}
  const program = model.entryPoint ?? env['SAGEMAKER_PROGRAM'] ?? ''
  return {
    ...env,
    SAGEMAKER_PROGRAM: repacked === undefined ? program : basename(program),
    SAGEMAKER_SUBMIT_DIRECTORY: repacked === undefined ? folderOf(model) : '/opt/ml/model/code',
    SAGEMAKER_CONTAINER_LOG_LEVEL: String(model.containerLogLevel ?? 20),
    SAGEMAKER_REGION: options.region,
    ...(model.modelServerWorkers && {
      SAGEMAKER_MODEL_SERVER_WORKERS: String(model.modelServerWorkers),
    }),
  }
}

/** Of a script that is not packed, as the SDK writes it; see `servingFaults` for what it is worth. */
function folderOf({ env, entryPoint, sourceDir }: HuggingFaceModel): string {
  if (entryPoint === undefined || sourceDir === undefined) {
    return env?.['SAGEMAKER_SUBMIT_DIRECTORY'] ?? ''
  }
  return sourceDir.startsWith('s3://') ? sourceDir : `file://${sourceDir}`
}

/** Conditions can only be accepted for a `ModelDataSource`; a plain URI is sent as such otherwise. */
function dataOf(
  data: string | ModelDataSource,
  access: Pick<ContainerOptions, 'acceptEula' | 'modelReferenceArn'>,
): Pick<ContainerDefinition, 'ModelDataUrl' | 'ModelDataSource'> {
  const archive =
    typeof data === 'string' && data.startsWith('s3://') && data.endsWith('tar.gz') ? data : ''
  if (typeof data === 'string' && (archive === '' || access.acceptEula === undefined)) {
    return { ModelDataUrl: data }
  }
  const given = typeof data === 'string' ? undefined : data.S3DataSource
  const source: S3ModelDataSource = {
    ...(given ?? { S3Uri: archive, S3DataType: 'S3Object', CompressionType: 'Gzip' }),
    ...(access.acceptEula !== undefined && {
      ModelAccessConfig: { AcceptEula: access.acceptEula },
    }),
    ...(access.modelReferenceArn && {
      HubAccessConfig: { HubContentArn: access.modelReferenceArn },
    }),
  }
  return { ModelDataSource: { S3DataSource: source } }
}
