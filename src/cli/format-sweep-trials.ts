import type { Hyperparameter } from '../config/resolved-pipeline'
import { formatDuration } from '../duration'
import { formatHyperparameter } from '../sweep/describe-space'
import type { TrialSummary } from '../sweep/sweep-state'
import { cleanLine, visibleLength } from './clean-text'
import { colorState } from './color-state'
import type { Colors } from './colors'
import { formatNumber } from './format-metric'
import { wrapItems } from './wrap-items'
import { formatTable } from './format-table'

/** `learning_rate 1e-5`, one for each. */
export function formatHyperparameters(values: Record<string, Hyperparameter>): string[] {
  return Object.entries(values).map(([name, value]) =>
    cleanLine(`${name} ${formatHyperparameter(value)}`),
  )
}

/**
 * The leaderboard, in the order given: a column for each hyperparameter, or a second line where
 * that would be wider than the terminal.
 */
export function formatTrials(options: {
  trials: TrialSummary[]
  colors: Colors
  /** Columns; absent: as wide as it gets. */
  width?: number | undefined
}): string[] {
  const { trials, colors, width = Number.POSITIVE_INFINITY } = options
  const names = [...new Set(trials.flatMap(({ hyperparameters }) => Object.keys(hyperparameters)))]
  const facts = trials.map((trial, index) => factsOf(trial, index, colors))
  const values = trials.map(({ hyperparameters }) =>
    names.map((name) => {
      const value = hyperparameters[name]
      return value === undefined ? '-' : cleanLine(formatHyperparameter(value))
    }),
  )
  const head = ['RANK', 'TRIAL', 'SCORE', 'STATE', 'TRIES', 'BILLABLE']
  const wide = formatTable([
    [...head.slice(0, 4), ...names.map(cleanLine), ...head.slice(4)],
    ...facts.map((cells, index) => [
      ...cells.slice(0, 4),
      ...(values[index] ?? []),
      ...cells.slice(4),
    ]),
  ])
  if (Math.max(...wide.map(visibleLength)) <= width) return withDimHead(wide, colors)

  const [first = '', ...lines] = formatTable([head, ...facts])
  return [
    colors.dim(first),
    ...lines.flatMap((line, index) => {
      const items = formatHyperparameters(trials[index]?.hyperparameters ?? {})
      return items.length === 0
        ? [line]
        : [line, ...wrapItems({ head: '      ', items, width }).map((text) => colors.dim(text))]
    }),
  ]
}

/** Only a trial with a score has a rank. */
function factsOf(trial: TrialSummary, index: number, colors: Colors): string[] {
  const { number, state, score, attempts, billableSeconds } = trial
  return [
    state === 'completed' && score !== null ? String(index + 1) : '-',
    String(number),
    score === null ? '-' : formatNumber(score),
    colorState(state, colors),
    String(attempts),
    billableSeconds > 0 ? formatDuration(billableSeconds) : '-',
  ]
}

function withDimHead([head = '', ...lines]: string[], colors: Colors): string[] {
  return [colors.dim(head), ...lines]
}
