/** A plan as text for people: aligned, without colours, the exact requests at its end. */

import { formatDuration } from '../duration'
import type { Plan, PlannedRequest } from './plan-pipeline'

export function formatPlan(plan: Plan): string {
  const { limits } = plan
  const rows: [string, string][] = [
    ['image', plan.image],
    ['serving', plan.inferenceImage],
    ['region', plan.region],
    ['run', plan.runPrefix],
    ...plan.channels.map(({ name, uri }): [string, string] => [`channel ${name}`, uri]),
    ...plan.placements.map((one, index): [string, string] => [
      `placement ${index + 1}`,
      `${one.instanceCount} × ${one.instanceType} ${one.useSpotInstances ? 'spot' : 'on-demand'}`,
    ]),
    ['max run', formatDuration(limits.maxRun)],
    ...(limits.maxWait === null
      ? []
      : [['max wait', `${formatDuration(limits.maxWait)}, training included`] as [string, string]]),
    ['evaluation', `at most ${formatDuration(limits.evaluationMaxRun)}`],
    ['volume', `${limits.volumeSize} GiB`],
    ['price', `${plan.price.amount}: ${plan.price.reason}`],
  ]
  return [
    `Plan for ${plan.pipeline}: nothing has been created`,
    ...aligned(rows),
    ...section('Would be refused', faultLines(plan)),
    ...section('Warnings', plan.warnings),
    ...section('Notes', plan.notes),
    ...section('Requests, in order', plan.requests.map(requestTitle)),
    ...plan.requests.flatMap((request) => ['', ...requestLines(request)]),
    '',
  ].join('\n')
}

function aligned(rows: [string, string][]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
}

function faultLines(plan: Plan): string[] {
  return plan.faults.map(({ code, field, what, hint }) => `${field}: ${what} (${hint}) [${code}]`)
}

function requestTitle({ service, op }: PlannedRequest, index: number): string {
  return `${index + 1}. ${service} ${op}`
}

function requestLines({ service, op, params }: PlannedRequest): string[] {
  const json = JSON.stringify(params, null, 2).split('\n')
  return [`${service} ${op}`, ...json.map((line) => `  ${line}`)]
}
