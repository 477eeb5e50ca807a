import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  type CreateEndpointConfigInput,
  type CreateModelInput,
  type DescribeEndpointConfigOutput,
  type Tag,
} from '@aws-sdk/client-sagemaker'

import { tagsOf } from '../src/aws/tags-of'
import { whenThere } from '../src/aws/when-there'
import { cutSecrets } from '../src/config/secrets'
import { endpointOwnerTag } from '../src/deploy/endpoint-owner'
import type { EndpointView } from '../src/deploy/release'
import { HoldfastError } from '../src/errors'
import type { Dependencies } from './dependencies'
import { makeOnce } from './make-once'
import { resolveContainer } from './resolve-references'

export interface Made {
  arn: string
  tags: Record<string, string>
}

const managedByKey = 'holdfast:managed-by'
const ownerKey = 'holdfast:owner'

function ownTags({ namespaceId }: Pick<Dependencies, 'namespaceId'>, endpointName: string): Tag[] {
  return [
    { Key: managedByKey, Value: 'holdfast' },
    { Key: ownerKey, Value: endpointOwnerTag({ namespaceId, endpointName }) },
  ]
}

/** Tags but for those that a create adds; the service's own (`aws:`) cannot be given. */
export function unownedTags(tags: Record<string, string>): Tag[] {
  return Object.entries(tags).flatMap(([Key, Value]) =>
    Key === managedByKey || Key === ownerKey || Key.startsWith('aws:') ? [] : [{ Key, Value }],
  )
}

interface Claim {
  deps: Pick<Dependencies, 'namespaceId'>
  endpointName: string
  made: Made
}

export function isOurs({ deps: { namespaceId }, endpointName, made }: Claim): boolean {
  return made.tags[ownerKey] === endpointOwnerTag({ namespaceId, endpointName })
}

/** @throws HoldfastError `E_ENDPOINT_NOT_OURS`: what somebody else made is neither changed nor deleted */
export function checkOurs(claim: Claim): void {
  if (isOurs(claim)) return
  const { made } = claim
  throw new HoldfastError({
    code: 'E_ENDPOINT_NOT_OURS',
    what: 'it exists, and Holdfast did not make it',
    where: made.arn,
    hint: 'somebody else created it, or the Holdfast of another Temporal namespace; choose another endpointName',
  })
}

export async function viewEndpoint(
  deps: Dependencies,
  endpointName: string,
): Promise<EndpointView | null> {
  const { sagemaker } = deps
  const found = await whenThere(() =>
    sagemaker.send(new DescribeEndpointCommand({ EndpointName: endpointName })),
  )
  if (found === null || found.EndpointStatus === 'Deleting') {
    return found && { ...emptyView, arn: found.EndpointArn ?? '', status: 'Deleting' }
  }
  return {
    arn: found.EndpointArn ?? '',
    status: found.EndpointStatus ?? 'Unknown',
    configName: found.EndpointConfigName ?? '',
    pendingConfig: found.PendingDeploymentSummary?.EndpointConfigName ?? null,
    failureReason: found.FailureReason ? cutSecrets(found.FailureReason) : null,
    variants: (found.ProductionVariants ?? []).map((variant) => ({
      name: variant.VariantName ?? '',
      weight: variant.DesiredWeight ?? 0,
      instances: variant.DesiredInstanceCount ?? variant.CurrentInstanceCount ?? null,
    })),
    tags: await tagsOf(sagemaker, found.EndpointArn ?? ''),
  }
}

const emptyView = {
  configName: '',
  pendingConfig: null,
  failureReason: null,
  variants: [],
  tags: {},
}

export async function findConfig(
  deps: Dependencies,
  name: string,
): Promise<(Made & { config: DescribeEndpointConfigOutput }) | null> {
  const config = await whenThere(() =>
    deps.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name })),
  )
  const arn = config?.EndpointConfigArn ?? ''
  return config && { arn, config, tags: await tagsOf(deps.sagemaker, arn) }
}

export async function findModel(deps: Dependencies, name: string): Promise<Made | null> {
  const found = await whenThere(() =>
    deps.sagemaker.send(new DescribeModelCommand({ ModelName: name })),
  )
  const arn = found?.ModelArn ?? ''
  return found && { arn, tags: await tagsOf(deps.sagemaker, arn) }
}

export function makeModel(
  deps: Dependencies,
  { endpointName, model }: { endpointName: string; model: CreateModelInput },
): Promise<Made> {
  const Tags = [...(model.Tags ?? []), ...ownTags(deps, endpointName)]
  return makeOnce({
    what: endpointName,
    checkOurs: (made) => checkOurs({ deps, endpointName, made }),
    find: () => findModel(deps, model.ModelName ?? ''),
    create: () =>
      deps.sagemaker.send(
        new CreateModelCommand({ ...resolveContainer({ model, env: deps.env }), Tags }),
      ),
  })
}

export function makeConfig(
  deps: Dependencies,
  { endpointName, config }: { endpointName: string; config: CreateEndpointConfigInput },
): Promise<Made> {
  const Tags = [...(config.Tags ?? []), ...ownTags(deps, endpointName)]
  return makeOnce({
    what: endpointName,
    checkOurs: (made) => checkOurs({ deps, endpointName, made }),
    find: () => findConfig(deps, config.EndpointConfigName ?? ''),
    create: () => deps.sagemaker.send(new CreateEndpointConfigCommand({ ...config, Tags })),
  })
}

export function makeEndpoint(
  deps: Dependencies,
  { endpointName, configName, tags }: { endpointName: string; configName: string; tags: Tag[] },
): Promise<Made> {
  const Tags = [...tags, ...ownTags(deps, endpointName)]
  return makeOnce({
    what: endpointName,
    checkOurs: (made) => checkOurs({ deps, endpointName, made }),
    find: () => viewEndpoint(deps, endpointName),
    create: () =>
      deps.sagemaker.send(
        new CreateEndpointCommand({
          EndpointName: endpointName,
          EndpointConfigName: configName,
          Tags,
        }),
      ),
  })
}
