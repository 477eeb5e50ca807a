import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  paginateListEndpoints,
} from '@aws-sdk/client-sagemaker'

import { tagsOf } from '../aws/tags-of'
import { whenThere } from '../aws/when-there'
import { namespaceOfEndpoint } from '../deploy/endpoint-owner'
import { parseIdleTag } from '../deploy/idle-tag'
import { serveTags } from '../deploy/release'
import { monthlyPrice } from '../plan/monthly-price'
import type { Price } from '../prices/price'
import type { Session } from './session'

export interface EndpointSummary {
  endpointName: string
  /** SageMaker's own word. */
  status: string
  /** What it serves, in words. */
  source: string
  configName: string
  /** What `rollback` returns to. */
  previous: string | null
  variants: {
    name: string
    weight: number
    instanceType: string | null
    instances: number | null
  }[]
  /** US dollars a month; null: not known, or paid by use. */
  usdPerMonth: number | null
  /** ISO 8601, UTC; null: never. */
  expiresAt: string | null
  /** Seconds without a request after which the reaper deletes it; null: never. */
  idleAfter: number | null
  failureReason: string | null
  /** The Temporal namespace that it belongs to. */
  namespaceId: string
}

/** Endpoints that Holdfast deployed, of every namespace, in the order of their names. */
export async function listEndpoints({ session }: { session: Session }): Promise<EndpointSummary[]> {
  const client = session.aws.sagemaker
  const prices = await session.prices()
  const found: EndpointSummary[] = []
  for await (const { Endpoints = [] } of paginateListEndpoints({ client }, {})) {
    for (const { EndpointName = '', EndpointArn = '' } of Endpoints) {
      const summary = await whenThere(() =>
        summaryOf({ session, prices, name: EndpointName, arn: EndpointArn }),
      )
      if (summary) found.push(summary)
    }
  }
  return found.sort((a, b) => a.endpointName.localeCompare(b.endpointName))
}

/** Null for what is not Holdfast's. */
async function summaryOf(options: {
  session: Session
  prices: readonly Price[]
  name: string
  arn: string
}): Promise<EndpointSummary | null> {
  const { session, prices, name, arn } = options
  const client = session.aws.sagemaker
  const tags = await tagsOf(client, arn)
  const namespaceId = namespaceOfEndpoint({ endpointName: name, tag: tags['holdfast:owner'] })
  if (namespaceId === null) return null
  const endpoint = await client.send(new DescribeEndpointCommand({ EndpointName: name }))
  const configName = endpoint.EndpointConfigName ?? ''
  const config = configName
    ? await whenThere(() =>
        client.send(new DescribeEndpointConfigCommand({ EndpointConfigName: configName })),
      )
    : null
  const about = config ? await tagsOf(client, config.EndpointConfigArn ?? '') : {}
  const variants = (endpoint.ProductionVariants ?? []).map((variant) => {
    const { VariantName = '', CurrentWeight = 0, CurrentInstanceCount: count } = variant
    const asked = config?.ProductionVariants?.find((one) => one.VariantName === VariantName)
    const instanceType = asked?.InstanceType ?? null
    return { name: VariantName, weight: CurrentWeight, instanceType, instances: count ?? null }
  })
  return {
    endpointName: name,
    status: endpoint.EndpointStatus ?? '',
    source: about[serveTags.source] ?? (serveTags.from in about ? 'two versions' : ''),
    configName,
    previous: tags[serveTags.previous] ?? null,
    variants,
    usdPerMonth: priceOf({ variants, prices }),
    expiresAt: tags[serveTags.expiresAt] ?? null,
    idleAfter: parseIdleTag(tags[serveTags.idleAfter])?.seconds ?? null,
    failureReason: endpoint.FailureReason ?? null,
    namespaceId,
  }
}

function priceOf(options: {
  variants: EndpointSummary['variants']
  prices: readonly Price[]
}): number | null {
  const { variants, prices } = options
  const each = variants.map(({ instanceType, instances }) =>
    instanceType === null
      ? null
      : monthlyPrice({ deploy: { instanceType, initialInstanceCount: instances ?? 0 }, prices })
          .usd,
  )
  return each.length === 0
    ? null
    : each.reduce((sum, usd) => (sum === null || usd === null ? null : sum + usd), 0)
}
