import { attemptsPerPlacement } from '../job'
import type { SweepPlan } from '../plan/plan-sweep'
import type { Colors } from './colors'
import { ceilingLines } from './format-price'
import { formatHyperparameters } from './format-sweep-trials'
import { formatTable } from './format-table'
import { section } from './plan-lines'
import { wrapItems } from './wrap-items'

/** `holdfast sweep plan` for people, and what `sweep run` says before it asks. */
export function formatSweepPlan(plan: SweepPlan, colors: Colors): string[] {
  const { metric, trials, parallel, publishes } = plan
  const rows: [string, string][] = [
    ['pipeline', plan.pipeline],
    ['objective', `${metric.goal} ${metric.name}`],
    ['method', plan.method === 'grid' ? 'grid' : `${plan.method}, seed ${plan.seed}`],
    ['trials', `${trials} in all, ${parallel} at a time`],
    ['', `ends after ${plan.maxConsecutiveFailures} failures in a row`],
    ['size', sizeOf(plan)],
    [
      'best',
      publishes === null
        ? 'is not published'
        : `evaluated, gated, and published as the next version of ${publishes}`,
    ],
  ]
  return [
    `Plan for ${colors.bold(plan.sweep)}`,
    ...table(rows, colors),
    ...section(
      'Search space',
      table(
        plan.space.map(({ name, text }) => [name, text]),
        colors,
      ),
    ),
    ...section(
      plan.proposals.length === 1 ? 'First trial' : 'First trials',
      plan.proposals.flatMap((proposal, index) =>
        wrapItems({ head: `  ${index + 1}  `, items: formatHyperparameters(proposal) }),
      ),
    ),
    ...section('At most', costLines(plan)),
    ...section(
      colors.red('Would be refused'),
      plan.faults.map(({ code, field, what, hint }) => `  ${field}: ${what} (${hint}) [${code}]`),
    ),
  ]
}

function sizeOf({ size, method }: SweepPlan): string {
  if (size === null) return 'continuous'
  const points = size >= Number.MAX_SAFE_INTEGER ? 'more than 9e15' : size.toLocaleString('en-GB')
  return `${points} ${method === 'grid' ? 'grid ' : ''}point${size === 1 ? '' : 's'}`
}

function costLines({ ceiling, region }: SweepPlan): string[] {
  return ceilingLines({
    ceiling,
    region,
    once: 'if no attempt is repeated',
    most: `with ${attemptsPerPlacement} tries on every placement`,
  })
}

function table(rows: string[][], colors: Colors): string[] {
  return formatTable(rows.map(([name = '', value = '']) => [`  ${colors.dim(name)}`, value]))
}
