import type { CreateModelInput, CreateTransformJobRequest } from '@aws-sdk/client-sagemaker'

import { defaultBucketName } from '../estimator/hugging-face-estimator'
import { transformCalls } from '../estimator/transform-calls'
import type { TransformOrder } from './transform-order'

export interface TransformRequests {
  model: CreateModelInput
  job: CreateTransformJobRequest
}

/**
 * Both requests of a transform, as the Python SDK makes them, under names that are given.
 *
 * @throws HoldfastError `E_NO_IMAGE`, `E_IMAGE_VERSIONS`
 * @example
 * const { job } = transformRequests({ order, site, modelName, jobName, outputUri, tags: {} })
 */
export function transformRequests(options: {
  order: Pick<TransformOrder, 'model' | 'packing' | 'transformer' | 'transform'>
  site: { account: string; region: string }
  modelName: string
  jobName: string
  /** `s3://` folder of the answers, unless the order names one. */
  outputUri: string
  /** Beside the user's own. */
  tags: Record<string, string>
}): TransformRequests {
  const { order, site, modelName, jobName, outputUri } = options
  const { transformer, transform } = order
  const calls = transformCalls({
    model: { ...servedAs(order), name: modelName },
    transformer: {
      ...transformer,
      outputPath: transformer.outputPath ?? outputUri,
      tags: withTags(transformer.tags, options.tags),
    },
    transform: { ...transform, jobName },
    session: { ...site, defaultBucket: defaultBucketName(site) },
    stamp: '',
  })
  const params = (op: string) => calls.find((call) => call.op === op)?.params
  return {
    model: params('CreateModel') as CreateModelInput,
    job: params('CreateTransformJob') as CreateTransformJobRequest,
  }
}

/** With its script in the archive already: the server is told where, as the SDK tells it. */
function servedAs({ model, packing }: Pick<TransformOrder, 'model' | 'packing'>) {
  if (!packing) return model
  return {
    ...model,
    ...{ entryPoint: undefined, sourceDir: undefined, dependencies: undefined },
    modelData: packing.into,
    env: {
      ...model.env,
      SAGEMAKER_PROGRAM: packing.script,
      SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code',
    },
  }
}

function withTags(
  given: TransformOrder['transformer']['tags'],
  own: Record<string, string>,
): TransformOrder['transformer']['tags'] {
  if (!Array.isArray(given)) return { ...given, ...own }
  return [...given, ...Object.entries(own).map(([Key, Value]) => ({ Key, Value }))]
}
