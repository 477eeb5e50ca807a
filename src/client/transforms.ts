import { accountOf } from '../aws/account'
import { canonicalJson, sha256 } from '../aws/names'
import { joinUri, s3Uri } from '../aws/s3-uri'
import type { ResolvedTransform } from '../config/resolve-transform'
import { servingPrefix, type Packing } from '../deploy/packing'
import { sourceOf } from '../deploy/plan-release'
import { publishedRoot } from '../deploy/published-root'
import type { ServeSite } from '../deploy/release'
import { HoldfastError } from '../errors'
import { defaultBucketName } from '../estimator/hugging-face-estimator'
import { executionRole } from '../estimator/role-arn'
import { servingFaults } from '../estimator/serving-refusals'
import { searchAttributes } from '../search-attributes'
import { newTransformState, type TransformOrder } from '../transform/transform-order'
import { findId } from './find-id'
import { findPublished } from './find-published'
import { idOf } from './id-of'
import { listTransforms, type TransformSummary } from './list-transforms'
import type { Session } from './session'
import { startOnce } from './start-once'
import { transformHandle, type TransformHandle } from './transform-handle'
import { uploadInferenceCode } from './upload-inference-code'
import { uploadTransformInput } from './upload-transform-input'

export type StartedTransform = TransformHandle & {
  /** False when the same transform was running already: the handle is that one's. */
  created: boolean
}

/**
 * Starts and follows batch transforms.
 *
 * @example
 * const { transform } = await loadTransform({ path: 'transform.yaml' })
 * const batch = await client.transform.run(transform)
 * const { outcome, outputUri } = await batch.result()
 */
export interface Transforms {
  /**
   * Uploads what is local, and starts a transform, or finds the one that is already running, as
   * `Client.run` does.
   *
   * @param options.new start another one even while one is running
   * @throws HoldfastError `E_MODEL_NOT_FOUND`, `E_NO_ROLE`, `E_NO_IMAGE`, `E_MODEL_SCRIPT`, `E_ARTIFACT_MISSING`
   */
  run(transform: ResolvedTransform, options?: { new?: boolean }): Promise<StartedTransform>
  /** A transform by its id, by an unambiguous beginning of it, or by `-` for the newest. */
  get(idOrPrefix: string): Promise<TransformHandle>
  /** Newest first. */
  list(options?: { limit?: number }): Promise<TransformSummary[]>
}

export function transformsOf(session: Session, env: NodeJS.ProcessEnv): Transforms {
  const account = accountOf(session.aws.sts)
  return {
    run: async (transform, options = {}) => {
      const site = { account: await account(), region: await session.aws.sagemaker.config.region() }
      const order = await orderOf({ session, site, transform, env })
      const { name, source } = order
      const { id, created } = await startOnce({
        session,
        workflowType: 'transform',
        base: idOf(order),
        input: { order },
        ...options,
        // Told from the beginning, so that it can be read before a worker has seen it.
        memo: { transform: newTransformState(order) },
        searchAttributes: () => [{ key: searchAttributes.stage, value: 'asked for' }],
        staticSummary: `${name}: ${order.transform.data} by ${source}`,
      })
      return { ...transformHandle({ id, session }), created }
    },
    get: async (idOrPrefix) =>
      transformHandle({ id: await findId({ idOrPrefix, session, noun: 'transform' }), session }),
    list: (options = {}) => listTransforms({ session, ...options }),
  }
}

/** Freezes what is asked for: which version, which script and which input, by content. */
async function orderOf(options: {
  session: Session
  site: ServeSite
  transform: ResolvedTransform
  env: NodeJS.ProcessEnv
}): Promise<TransformOrder> {
  const { session, site, transform: resolved, env } = options
  const { name, published, transformer, maxRun } = resolved
  const found = published && (await findPublished({ session, site, published }))
  const model = {
    ...resolved.model,
    ...(found && { modelData: found.modelData }),
    role: executionRole({
      given: resolved.model.role,
      env,
      where: 'model.role',
      hint: 'set model.role, or SAGEMAKER_ROLE_ARN',
      ...site,
    }),
  }
  const [fault] = servingFaults({ model })
  if (fault) {
    const { code, what, field, hint } = fault
    throw new HoldfastError({ code, what, where: field, hint })
  }
  const root = publishedRoot({ published, site })
  const packing = await packingOf({ session, site, model })
  const data = await uploadTransformInput({ session, site, root, data: resolved.transform.data })
  return {
    ...{ name, root, model, transformer, maxRun },
    source: found?.source ?? sourceOf(resolved),
    ...(packing && { packing }),
    transform: { ...resolved.transform, data },
  }
}

/** The archive with the script has a name of its own, so that each transform finds that of the last. */
async function packingOf(options: {
  session: Session
  site: ServeSite
  model: ResolvedTransform['model']
}): Promise<Packing | undefined> {
  const { session, site, model } = options
  if (typeof model.modelData !== 'string') return undefined
  const sources = await uploadInferenceCode({ session, site, model, modelData: model.modelData })
  if (!sources) return undefined
  const root = model.codeLocation ?? s3Uri(defaultBucketName(site), servingPrefix)
  const key = sha256(canonicalJson(sources)).slice(0, 16)
  return { ...sources, into: joinUri(root, 'packed', key, 'model.tar.gz') }
}
