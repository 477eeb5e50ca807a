/** `holdfast plan --compare` for people. */

import { formatDuration } from '../duration'
import type { Comparison, InstanceOption } from '../plan/compare-instances'
import type { Colors } from './colors'
import { formatNumber } from './format-metric'
import { missingLines, priceLines } from './format-price'
import { formatTableWithHead } from './format-table'
import { wrapText } from './wrap-items'

export function formatComparison(comparison: Comparison, colors: Colors): string[] {
  const { options, region, instanceCount, maxRun } = comparison
  const head = ['TYPE', 'GPUS', 'MEMORY', 'USD/H', 'SPOT USD/H', 'LONGEST USD', 'FITS']
  const missing = options
    .filter(({ price }) => price === null)
    .map(({ instanceType }) => `${instanceType} (training)`)
  const prices = options.flatMap(({ price }) => (price ? priceLines(price) : []))
  return [
    `${colors.bold(comparison.pipeline)} in ${region}: ${instanceCount} instance${instanceCount === 1 ? '' : 's'}, at most ${formatDuration(maxRun)}`,
    ...formatTableWithHead(
      head,
      options.map((option) => cellsOf(option, colors)),
      colors,
    ),
    ...options.flatMap((option) => refusalLines(option)),
    '',
    `  LONGEST USD: on demand, all of maxRun on all instances`,
    `  SPOT: ${comparison.spotSavings}`,
    ...prices,
    ...missingLines({ missing, region }),
  ]
}

function cellsOf(option: InstanceOption, colors: Colors): string[] {
  const { instanceType, gpus, price, spot, longest, refusals } = option
  return [
    instanceType,
    gpus ? String(gpus.count) : 'unknown',
    gpus ? (gpus.count === 0 ? '-' : `${gpus.memory} GiB`) : 'unknown',
    price ? formatNumber(price.usdPerHour) : 'unknown',
    spot ? `${spot.from.toFixed(2)} to ${spot.to.toFixed(2)}` : 'unknown',
    longest ? longest.onDemand.toFixed(2) : 'unknown',
    refusals.length === 0 ? colors.green('yes') : colors.red('no'),
  ]
}

function refusalLines({ instanceType, refusals }: InstanceOption): string[] {
  return refusals.flatMap(({ code, what }) =>
    wrapText({ text: `${instanceType}: ${what} [${code}]`, indent: '  ' }),
  )
}
