/** `holdfast deploy plan` for people; warnings are on stderr. */

import type { ResolvedDeployment } from '../config/resolve-deploy'
import type { DeployPlan } from '../plan/plan-deploy'
import type { MonthlyPrice } from '../plan/monthly-price'
import type { Colors } from './colors'
import { formatNumber } from './format-metric'
import { missingLines, priceLines } from './format-price'
import { formatTable } from './format-table'
import { wrapText } from './wrap-items'

export function formatDeployPlan(options: {
  plan: DeployPlan
  deployment: ResolvedDeployment
  colors: Colors
}): string[] {
  const { plan, deployment, colors } = options
  const rows: [string, string][] = [
    ['model', servedModel(deployment)],
    ['image', plan.image],
    ['region', plan.region],
    ['capacity', capacity(deployment)],
  ]
  return [
    `Plan of a ${colors.bold('deployment')}: nothing has been created`,
    ...formatTable(rows.map(([name, value]) => [`  ${colors.dim(name)}`, value])),
    ...section('A month in service', costLines(plan)),
    ...section(
      colors.red('Would be refused'),
      plan.faults.flatMap(({ code, field, what, hint }) =>
        wrapText({ text: `${field}: ${what} (${hint}) [${code}]`, indent: '  ' }),
      ),
    ),
    ...plan.calls.flatMap(({ service, op, params }) => [
      '',
      colors.bold(`${service} ${op}`),
      ...JSON.stringify(params, null, 2)
        .split('\n')
        .map((line) => `  ${line}`),
    ]),
  ]
}

function servedModel({ model: { modelData, env, imageUri } }: ResolvedDeployment): string {
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

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines]
}
