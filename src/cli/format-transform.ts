/** `holdfast transform` for people. */

import type { ResolvedTransform } from '../config/resolve-transform'
import { formatDuration } from '../duration'
import type { TransformPlan } from '../plan/plan-transform'
import type { TransformState } from '../transform/transform-order'
import type { Colors } from './colors'
import { servedModel } from './format-deploy-plan'
import { formatNumber } from './format-metric'
import { missingLines, priceLines } from './format-price'
import { formatTable } from './format-table'
import { faultSection, requestLines } from './plan-lines'

interface FormatOptions {
  plan: TransformPlan
  transform: ResolvedTransform
  colors: Colors
}

export function formatTransformPlan(options: FormatOptions): string[] {
  const { plan, colors } = options
  return [...formatShortTransformPlan(options), ...requestLines(plan.calls, colors)]
}

/** What is asked before a transform: without the requests. */
export function formatShortTransformPlan({ plan, transform, colors }: FormatOptions): string[] {
  const { transformer, transform: given, maxRun } = transform
  const { splitType = 'None', contentType } = given
  const { instanceCount, instanceType, outputPath, strategy } = transformer
  const records = [splitType === 'None' ? 'a whole object' : splitType, strategy, contentType]
  const rows: [string, string][] = [
    ['model', servedModel(transform)],
    ['image', plan.image],
    ['region', plan.region],
    ['input', given.data],
    ['records', records.filter(Boolean).join(', ')],
    ['output', outputPath ?? 'below the default bucket'],
    ['capacity', `${instanceCount} × ${instanceType}, for at most ${formatDuration(maxRun)}`],
  ]
  const { most, faults, region } = plan
  const hours = `${formatNumber(most.hours)} h of ${most.instanceType}`
  return [
    `Plan of a ${colors.bold('batch transform')}: nothing has been created`,
    ...formatTable(rows.map(([name, value]) => [`  ${colors.dim(name)}`, value])),
    '',
    'At most',
    `  ${most.usd === null ? hours : `${most.usd.toFixed(2)} USD: ${hours}`}`,
    ...(most.price ? priceLines(most.price) : []),
    ...missingLines({ missing: most.missing, region }),
    ...faultSection(faults, colors),
  ]
}

export function formatTransform({ id, status }: { id: string; status: TransformState }): string[] {
  const { outcome, phase, job, outputUri, transformed, error } = status
  const rows: [string, string][] = [
    ...(job === null ? [] : [['  job', job] as [string, string]]),
    ...(outputUri === null ? [] : [['  output', outputUri] as [string, string]]),
  ]
  const count = transformed
    ? `: ${transformed.inputs} ${transformed.inputs === 1 ? 'object' : 'objects'} answered, ${transformed.bytes} bytes`
    : ''
  return [
    `${id} ${outcome === 'running' ? `is under way: ${phase}` : outcome}${count}`,
    ...formatTable(rows),
    ...(error === null ? [] : [`  ${error.code}: ${error.message}`]),
    ...(error?.hint === undefined ? [] : [`  ${error.hint}`]),
    ...(error?.logTail ?? []).map((line) => `    ${line}`),
  ]
}
