import { ensureBucket } from '../src/aws/default-bucket'
import { joinUri, parseS3Uri } from '../src/aws/s3-uri'
import { createStorage } from '../src/aws/storage'
import { HoldfastError } from '../src/errors'
import { defaultBucketName } from '../src/estimator/hugging-face-estimator'
import type { RunSite } from '../src/run-site'
import type { TransformOrder } from '../src/transform/transform-order'
import type { Dependencies } from './dependencies'
import { listInputs } from './transform-inputs'
import { checkReferences } from './resolve-references'

/** Finds out where a transform's things will lie, and refuses one that has nothing to read, or whose secrets this worker lacks. */
export async function openTransform(
  { s3, region, account, env }: Dependencies,
  { runId, firstRunId, order }: { runId: string; firstRunId: string; order: TransformOrder },
): Promise<RunSite> {
  const { root, model, transformer, transform } = order
  checkReferences({ environment: { ...model.env, ...transformer.env }, where: 'model.env', env })
  const owner = await account()
  const { bucket } = parseS3Uri(root)
  const create = bucket === defaultBucketName({ region, account: owner })
  await ensureBucket({ ...{ s3, bucket, region, create }, account: owner })
  const inputs = await listInputs({ storage: createStorage({ s3 }), uri: transform.data })
  if (inputs.length === 0) {
    throw new HoldfastError({
      code: 'E_TRANSFORM_INPUT',
      what: 'there is no object whose key begins so: nothing to transform',
      where: transform.data,
      hint: 'correct transform.data',
    })
  }
  const run = joinUri(root, 'transforms', `${runId}-${firstRunId.slice(0, 8)}`)
  return { account: owner, region, bucket, root, run, runId, firstRunId }
}
