/** `holdfast plan` for people; the parameters of the S3 calls are in `--json` alone. */

import { formatDuration } from '../duration'
import type { AwsCall } from '../estimator/aws-call'
import type { Plan } from '../plan/plan-pipeline'
import type { Colors } from './colors'
import { formatPlacement } from './format-placement'
import { ceilingLines } from './format-price'
import { formatTable } from './format-table'
import { faultSection, requestLines, section } from './plan-lines'
import { wrapText } from './wrap-items'

export function formatPlan(plan: Plan, colors: Colors): string[] {
  const requests = plan.calls.filter(({ service }) => service === 'sagemaker')
  return [
    `Plan for ${colors.bold(plan.pipeline)}: nothing has been created`,
    ...formatTable(rowsOf(plan).map(([name, value]) => [`  ${colors.dim(name)}`, value])),
    ...section('At most', costLines(plan)),
    ...faultSection(plan.faults, colors),
    ...section(colors.yellow('Warnings'), plan.warnings.flatMap(paragraph)),
    ...section('Notes', plan.notes.flatMap(paragraph)),
    ...section('Calls, in order (all of their parameters: --json)', callLines(plan.calls)),
    ...requestLines(requests, colors),
  ]
}

function rowsOf(plan: Plan): [string, string][] {
  const { limits } = plan
  const rows: [string, string | null][] = [
    ['image', plan.image],
    ['serving', plan.inferenceImage],
    ['region', plan.region],
    ['run', plan.runPrefix],
    ...plan.channels.map(({ name, uri }): [string, string] => [`channel ${name}`, uri]),
    ...plan.placements.map((one, index): [string, string] => [
      `placement ${index + 1}`,
      formatPlacement(one),
    ]),
    ['max run', formatDuration(limits.maxRun)],
    ['max wait', limits.maxWait && `${formatDuration(limits.maxWait)}, training included`],
    ['deadline', limits.deadline && `${formatDuration(limits.deadline)}, all attempts together`],
    ['max USD', limits.maxUsd && `${limits.maxUsd.toFixed(2)}, all attempts together`],
    ['attempts', `${limits.attempts} on each placement, where the machine fails`],
    ['evaluation', limits.evaluationMaxRun && `at most ${formatDuration(limits.evaluationMaxRun)}`],
    ['volume', `${limits.volumeSize} GiB`],
  ].map(([name, value]) => [String(name), value === null ? null : String(value)])
  return rows.filter((row): row is [string, string] => row[1] !== null)
}

function costLines({ price, region, limits }: Plan): string[] {
  return ceilingLines({
    ceiling: price,
    region,
    once: 'if no attempt is repeated',
    most: `with ${limits.attempts} tries on every placement`,
  })
}

function paragraph(text: string): string[] {
  return wrapText({ text, indent: '  ' })
}

function callLines(calls: AwsCall[]): string[] {
  return calls.map((call, index) =>
    `  ${String(index + 1).padStart(2)}. ${call.service} ${call.op} ${targetOf(call)}`.trimEnd(),
  )
}

/** What a call is about: the object, or the name of what is made. */
function targetOf({ params }: AwsCall): string {
  const { Bucket, Key, Delete, ...more } = params as {
    Bucket?: string
    Key?: string
    Delete?: { Objects?: { Key?: string }[] }
  } & Record<string, unknown>
  if (Bucket !== undefined) return Key ?? Delete?.Objects?.[0]?.Key ?? Bucket
  const name = Object.entries(more).find(([key]) => /(Job|Group)Name$/.test(key))?.[1]
  return typeof name === 'string' ? name : ''
}
