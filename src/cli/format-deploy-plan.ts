/** `holdfast deploy plan` for people; warnings are on stderr. */

import type { ResolvedDeployment } from '../config/resolve-deploy'
import { formatDuration } from '../duration'
import type { DeployPlan } from '../plan/plan-deploy'
import type { MonthlyPrice } from '../plan/monthly-price'
import type { Colors } from './colors'
import { formatNumber } from './format-metric'
import { missingLines, priceLines } from './format-price'
import { formatTable } from './format-table'
import { faultSection, requestLines, section } from './plan-lines'
import { wrapText } from './wrap-items'

export function formatDeployPlan(options: FormatOptions): string[] {
  const { plan, colors } = options
  return [...formatShortDeployPlan(options), ...requestLines(plan.calls, colors)]
}

interface FormatOptions {
  plan: DeployPlan
  deployment: ResolvedDeployment
  colors: Colors
}

/** What is asked before a deployment: without the requests. */
export function formatShortDeployPlan({ plan, deployment, colors }: FormatOptions): string[] {
  const rows: [string, string][] = [
    ['model', servedModel(deployment)],
    ['image', plan.image],
    ['region', plan.region],
    ['capacity', capacity(deployment)],
    ...rolloutRows(deployment),
  ]
  return [
    `Plan of a ${colors.bold('deployment')}: nothing has been created`,
    ...formatTable(rows.map(([name, value]) => [`  ${colors.dim(name)}`, value])),
    ...section('A month in service', costLines(plan)),
    ...faultSection(plan.faults, colors),
  ]
}

/** In words. */
export function servedModel({
  model,
  published,
}: Pick<ResolvedDeployment, 'model' | 'published'>): string {
  const { modelData, env, imageUri } = model
  if (published) {
    const { name, version } = published
    return version === undefined ? `the champion of ${name}` : `${name}, version ${version}`
  }
  if (typeof modelData === 'string') return modelData
  const files = modelData?.S3DataSource?.S3Uri
  const hub = env?.['HF_MODEL_ID']
  return files ?? (hub === undefined ? `of the image ${imageUri ?? ''}` : `${hub}, from the Hub`)
}

function capacity({ deploy }: ResolvedDeployment): string {
  const { serverlessInferenceConfig: serverless, instanceType, initialInstanceCount } = deploy
  if (!serverless) return `${initialInstanceCount ?? 0} × ${instanceType ?? ''}`
  const { memorySizeInMb = 2048, maxConcurrency = 5 } = serverless
  return `serverless, ${memorySizeInMb} MiB, at most ${maxConcurrency} requests at a time`
}

function rolloutRows({ rollout = {} }: ResolvedDeployment): [string, string][] {
  const { probe, canary, alarms, ttlSeconds, idleSeconds, autoscaling } = rollout
  const takeOver = [
    ...(probe ? ['a probe before any traffic'] : []),
    ...(canary
      ? [`${canary.percent} % of the traffic for ${formatDuration(canary.bakeSeconds)}`]
      : []),
    ...(alarms ? [`back at once when ${alarms.join(' or ')} is raised`] : []),
  ]
  const end = [
    ...(ttlSeconds === undefined ? [] : [`${formatDuration(ttlSeconds)} after this deployment`]),
    ...(idleSeconds === undefined
      ? []
      : [`after ${formatDuration(idleSeconds)} without a request`]),
  ]
  const { min = 1, max = 1, invocationsPerInstance = 0 } = autoscaling ?? {}
  const scales = `${min} to ${max} instances, ${invocationsPerInstance} requests a minute each`
  return [
    ...(takeOver.length > 0 ? [['takes over', takeOver.join(', ')] as [string, string]] : []),
    ...(autoscaling ? [['scales', scales] as [string, string]] : []),
    ...(end.length > 0 ? [['ends', end.join(', or ')] as [string, string]] : []),
  ]
}

function costLines({ price, region }: DeployPlan): string[] {
  return [
    `  ${amountOf(price)}`,
    ...wrapText({ text: price.basis, indent: '  ' }),
    ...(price.price ? priceLines(price.price) : []),
    ...(price.instances ? missingLines({ missing: price.missing, region }) : []),
  ]
}

function amountOf({ usd, instances }: MonthlyPrice): string {
  const amount = usd === null ? 'unknown' : `${usd.toFixed(2)} USD`
  if (!instances) return amount
  return `${amount}: ${formatNumber(instances.hours)} h of ${instances.instanceType}`
}
