import type { CreateEndpointConfigInput, CreateModelInput, Tag } from '@aws-sdk/client-sagemaker'
import { canonicalJson, sha256 } from '../aws/names'
import type { ResolvedDeployment } from '../config/resolve-deploy'
import { HoldfastError } from '../errors'
import { deployCalls } from '../estimator/deploy-calls'
import { defaultBucketName } from '../estimator/hugging-face-estimator'
import { executionRole } from '../estimator/role-arn'
import { s3Uri } from '../aws/s3-uri'
import { servingFaults } from '../estimator/serving-refusals'
import { servingPrefix, type Packing, type PackingSources } from './packing'
import { serveTags, type Release, type ServeSite } from './release'
import type { Autoscaling, Rollout } from './rollout'

/** SageMaker's limit for names of models, configurations and endpoints. */
const maxNameLength = 63

export interface ReleaseOptions {
  deployment: ResolvedDeployment
  site: ServeSite
  /** Of a published model; its archive and what it is. */
  published?: { modelData: string; source: string } | undefined
  /** Of a model with a script: what was uploaded of it. */
  packing?: PackingSources | undefined
  env: Record<string, string | undefined>
}

/**
 * Freezes what is deployed: requests, and names made from all that they say, so that the same
 * deployment finds its own things again and another one cannot take them for its own.
 *
 * @throws HoldfastError `E_DEPLOY_UNSUPPORTED`, `E_NO_ENDPOINT_NAME`, `E_NO_ROLE`, `E_NO_IMAGE`
 * @example
 * const release = planRelease({ deployment, site: { account, region }, env: process.env })
 * console.log(release.name) // 'reviews-3f9a0c21de'
 */
export function planRelease(options: ReleaseOptions): Release {
  const { deployment, published, packing } = options
  const { deploy, rollout = {} } = deployment
  refuseUnsupported(deployment)
  const endpointName = deploy.endpointName ?? deployment.published?.name
  if (endpointName === undefined) {
    throw new HoldfastError({
      code: 'E_NO_ENDPOINT_NAME',
      what: 'the endpoint has no name',
      where: 'deploy.endpointName',
      hint: 'give it one: by its name the next deployment finds what it replaces',
    })
  }
  const nameless = requestsOf({ ...options, endpointName, name: endpointName, version: '0' })
  const content = [nameless, rollout.autoscaling ?? null, ...(packing ? [packing] : [])]
  const version = sha256(canonicalJson(content)).slice(0, 10)
  const head = endpointName.slice(0, maxNameLength - version.length - 1).replace(/-+$/, '')
  const name = `${head}-${version}`
  const requests = requestsOf({ ...options, endpointName, name, version })
  return {
    endpointName,
    version,
    name,
    variantName: variantNameOf(version),
    source: published?.source ?? sourceOf(deployment),
    ...requests,
    ...(packing && { packing: packingOf({ packing, model: requests.model }) }),
    rollout,
  }
}

/** The request names the archive with the script in it, which is still to be made. */
function packingOf(options: { packing: PackingSources; model: CreateModelInput }): Packing {
  const { packing, model } = options
  const { ModelDataUrl, ModelDataSource } = model.PrimaryContainer ?? {}
  return { ...packing, into: ModelDataUrl ?? ModelDataSource?.S3DataSource?.S3Uri ?? '' }
}

function variantNameOf(version: string): string {
  return `v-${version}`
}

function requestsOf(
  options: ReleaseOptions & { endpointName: string; name: string; version: string },
): { model: CreateModelInput; config: CreateEndpointConfigInput } {
  const { deployment, site, published, name, version, endpointName } = options
  const model = {
    ...deployment.model,
    ...(published && { modelData: published.modelData }),
    ...(deployment.model.entryPoint !== undefined && {
      codeLocation: deployment.model.codeLocation ?? s3Uri(defaultBucketName(site), servingPrefix),
    }),
    role: executionRole({
      given: deployment.model.role,
      env: options.env,
      where: 'model.role',
      hint: 'set model.role, or SAGEMAKER_ROLE_ARN',
      ...{ region: site.region, account: site.account },
    }),
    name,
  }
  const [fault] = servingFaults({ model, deploy: deployment.deploy })
  if (fault) {
    const { code, what, field, hint } = fault
    throw new HoldfastError({ code, what, where: field, hint })
  }
  const calls = deployCalls({
    model,
    deploy: { ...deployment.deploy, endpointName },
    session: { ...site, defaultBucket: defaultBucketName(site) },
    stamp: version,
    unique: version,
  })
  const params = (op: string) => calls.find((call) => call.op === op)?.params
  const created = params('CreateEndpointConfig') as CreateEndpointConfigInput
  const source = published?.source ?? sourceOf(deployment)
  return {
    model: params('CreateModel') as CreateModelInput,
    config: {
      ...created,
      EndpointConfigName: name,
      ProductionVariants: (created.ProductionVariants ?? []).map((variant) => ({
        ...variant,
        VariantName: variantNameOf(version),
      })),
      Tags: [...(created.Tags ?? []), ...ownTags({ rollout: deployment.rollout, source })],
    },
  }
}

function ownTags({
  rollout = {},
  source,
}: {
  rollout?: Rollout | undefined
  source: string
}): Tag[] {
  const { autoscaling } = rollout
  return [
    { Key: serveTags.source, Value: taggable(source) },
    ...(autoscaling ? [{ Key: serveTags.autoscaling, Value: autoscalingTag(autoscaling) }] : []),
  ]
}

/** Tag values: 256 characters of letters, digits, spaces and `_.:/=+-@` (API reference, Tag). */
function taggable(text: string): string {
  return text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '-').slice(0, 256)
}

function autoscalingTag(given: Autoscaling): string {
  const { min, max, invocationsPerInstance, scaleInCooldown = 300, scaleOutCooldown = 300 } = given
  return [min, max, invocationsPerInstance, scaleInCooldown, scaleOutCooldown].join('/')
}

/** Null for what is no such tag. */
export function parseAutoscalingTag(tag: string | undefined): Required<Autoscaling> | null {
  const [min, max, invocationsPerInstance, scaleInCooldown, scaleOutCooldown, ...rest] = (tag ?? '')
    .split('/')
    .map(Number)
  if (rest.length > 0 || scaleOutCooldown === undefined) return null
  if (!min || !max || !invocationsPerInstance || scaleInCooldown === undefined) return null
  return { min, max, invocationsPerInstance, scaleInCooldown, scaleOutCooldown }
}

function refuseUnsupported({ deploy }: ResolvedDeployment): void {
  if (deploy.endpointType !== 'INFERENCE_COMPONENT_BASED') return
  throw new HoldfastError({
    code: 'E_DEPLOY_UNSUPPORTED',
    what: 'an endpoint of inference components is planned, not deployed',
    where: 'deploy.endpointType',
    hint: '`holdfast deploy plan` shows the requests; docs/serve.md says what is deployed',
  })
}

/** In words, of a model that no pipeline published. */
export function sourceOf({ model }: Pick<ResolvedDeployment, 'model'>): string {
  const { modelData, env, imageUri } = model
  if (typeof modelData === 'string') return modelData
  const files = modelData?.S3DataSource?.S3Uri
  return files ?? env?.['HF_MODEL_ID'] ?? imageUri ?? 'model'
}
