/** A version of a model in SageMaker's Model Registry. */

import type { CreateModelPackageInput } from '@aws-sdk/client-sagemaker'
import { HoldfastError } from '../errors'

export interface ModelPackageOptions {
  /** Model package group: 1 to 63 letters, digits and hyphens. */
  groupName: string
  /** S3 URI of the model.tar.gz. */
  artifactUri: string
  /** Container that serves it. */
  imageUri: string
  metrics: Record<string, number>
  /** Of the artifact. */
  sha256: string
  /** The run that made it. */
  run: string
  /** What it was made from, such as `data` and `code`: hashes, revisions and ids. */
  lineage?: Record<string, string>
  /** At most 36 letters, digits and hyphens; the same token never makes a second version. */
  clientToken: string
  /** S3 URI of a JSON file with the metrics. */
  metricsUri: string
}

/** Entries of CustomerMetadataProperties that the service allows, and their lengths. */
const maxEntries = 50
const maxKey = 128
const maxValue = 256

/** The version awaits approval: it is given last, when all that was to be published is there. */
export function createModelPackageRequest(options: ModelPackageOptions): CreateModelPackageInput {
  checkNames(options)
  return {
    ModelPackageGroupName: options.groupName,
    ModelPackageDescription: `Run ${options.run}`.slice(0, 1024),
    ModelApprovalStatus: 'PendingManualApproval',
    InferenceSpecification: {
      Containers: [{ Image: options.imageUri, ModelDataUrl: options.artifactUri }],
      SupportedContentTypes: ['application/json'],
      SupportedResponseMIMETypes: ['application/json'],
    },
    ModelMetrics: {
      ModelQuality: {
        Statistics: { ContentType: 'application/json', S3Uri: options.metricsUri },
      },
    },
    CustomerMetadataProperties: metadata(options),
    ClientToken: options.clientToken,
  }
}

/** What Holdfast reads back comes first and always fits; metrics fill the rest. */
function metadata(options: ModelPackageOptions): Record<string, string> {
  const lineage = Object.entries(options.lineage ?? {}).map(
    ([name, value]) => [`holdfast:${name}`, allowed(value).slice(0, maxValue)] as const,
  )
  const metrics = Object.entries(options.metrics)
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => [`metric:${allowed(name)}`.slice(0, maxKey), String(value)] as const)
    .slice(0, maxEntries - 2 - lineage.length)
  return {
    'holdfast:sha256': options.sha256,
    'holdfast:run': allowed(options.run).slice(0, maxValue),
    ...Object.fromEntries([...lineage, ...metrics]),
  }
}

/** The service takes letters, digits, spaces and `_.:/=+-@`. */
function allowed(text: string): string {
  return text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '_')
}

function checkNames(options: ModelPackageOptions): void {
  const refuse = (what: string, where: string, hint: string): never => {
    throw new HoldfastError({ code: 'E_MODEL_NAME', what, where, hint })
  }
  if (!/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(options.groupName)) {
    const hint = 'letters, digits and inner hyphens, at most 63'
    refuse(`${options.groupName} is no model package group name`, 'publish.model', hint)
  }
  if (!/^[a-zA-Z0-9-]{1,36}$/.test(options.clientToken)) {
    refuse('the client token is not allowed', 'clientToken', 'at most 36 letters, digits, hyphens')
  }
}
