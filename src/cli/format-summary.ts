import { formatDuration } from '../duration'
import type { Attempt, RunStatus } from '../run-state'
import type { Colors } from './colors'
import { describeRun } from './describe-run'
import { formatNumber } from './format-metric'
import { trainingReport } from '../training-report'
import { formatTable } from './format-table'

export interface TrainingTotals {
  attempts: number
  interruptions: number
  /** The last verified step that training resumed from; 0: it never had to. */
  resumedFromStep: number
  stepsLost: number
  trainingSeconds: number
  billableSeconds: number
  /** Share of the training time that was not billed, 0 to 1; null while the service reports no times. */
  savings: number | null
  /** Trained in vain: steps that were made again, attempts that led nowhere. */
  wastedSeconds: number
  /** US dollars at on-demand prices; null: not known. */
  costUsd: number | null
  /** The billable seconds are an example: some attempt ran on the local platform, which bills nothing. */
  illustrative: boolean
}

/** Whether the attempt ran on the local platform, so that its billable time was not measured. */
export function isIllustrative({ runner }: Attempt): boolean {
  return runner !== '' && runner !== 'sagemaker'
}

/** All attempts of a run taken together. */
export function totalsOf(status: RunStatus): TrainingTotals {
  const { attempts } = status.training
  const sum = (pick: (attempt: (typeof attempts)[number]) => number): number =>
    attempts.reduce((total, attempt) => total + pick(attempt), 0)
  const { trainedSeconds, billedSeconds, savings, wastedSeconds, costUsd } =
    trainingReport(attempts)
  return {
    attempts: attempts.length,
    interruptions: sum((attempt) => attempt.interruptions),
    resumedFromStep:
      attempts.findLast((attempt) => attempt.resumedFromStep > 0)?.resumedFromStep ?? 0,
    stepsLost: sum((attempt) => attempt.stepsLost),
    trainingSeconds: trainedSeconds,
    billableSeconds: billedSeconds,
    savings,
    wastedSeconds,
    costUsd,
    illustrative: attempts.some(isIllustrative),
  }
}

/** What a run came to, at its end: the outcome, the numbers, where the model is. */
export function formatSummary(options: {
  status: RunStatus
  colors: Colors
  /** Wall clock of the command, seconds. */
  totalSeconds: number
}): string[] {
  const { status, colors, totalSeconds } = options
  const totals = totalsOf(status)
  const rows: string[][] = []
  for (const name of ['eval_accuracy', 'eval_f1', 'eval_precision', 'eval_recall', 'eval_loss']) {
    const value = status.metrics[name]
    if (value !== undefined) rows.push([name.replace('eval_', ''), formatNumber(value)])
  }
  if (totals.attempts > 0) {
    rows.push(['attempts', String(totals.attempts)])
    rows.push(['interruptions', interruptionText(totals)])
    rows.push(['training time', formatDuration(totals.trainingSeconds)])
    rows.push(['billable time', billableText(totals)])
    if (totals.wastedSeconds > 0)
      rows.push(['wasted time', `${formatDuration(totals.wastedSeconds)}, trained in vain`])
    rows.push(['cost', costText(totals)])
  }
  if (status.gate) {
    rows.push(['gate', status.gate.passed ? 'passed' : 'rejected'])
    rows.push(...status.gate.reasons.map((reason) => ['', reason]))
  }
  if (status.published) {
    rows.push(['model', `version ${status.published.version}`])
    rows.push(['package', status.published.modelPackageArn])
    rows.push(['artifact', status.published.artifactUri])
    rows.push(['sha256', status.published.sha256])
  }
  rows.push(['total time', formatDuration(totalSeconds)])
  return [
    colors.bold(describeRun(status, Date.now())),
    '',
    ...formatTable(rows.map(([name = '', value = '']) => [`  ${colors.dim(name)}`, value])),
  ]
}

function interruptionText(totals: TrainingTotals): string {
  if (totals.interruptions === 0) return '0'
  const from =
    totals.resumedFromStep > 0
      ? `resumed from step ${totals.resumedFromStep}, ${totals.stepsLost} trained again`
      : 'started again from scratch'
  return `${totals.interruptions} (${from})`
}

function billableText({ billableSeconds, savings, illustrative }: TrainingTotals): string {
  if (illustrative)
    return `${formatDuration(billableSeconds)} (illustrative: nothing is billed on the local platform)`
  const saved = savings === null ? '' : ` (${Math.round(savings * 100)}% saved by spot)`
  return `${formatDuration(billableSeconds)}${saved}`
}

/** By the billable time and the on-demand price, as a training is billed; without its evaluation. */
export function costText({
  costUsd,
  illustrative,
}: Pick<TrainingTotals, 'costUsd' | 'illustrative'>): string {
  if (costUsd === null) return 'unknown'
  return `${costUsd.toFixed(2)} USD${illustrative ? ' (illustrative)' : ''}`
}

/** Commands to try next, with what each is for. */
export function formatNextCommands(
  commands: [command: string, why: string][],
  colors: Colors,
): string[] {
  const rows = commands.map(([command, why]) => [`  ${colors.cyan(command)}`, colors.dim(why)])
  return ['Next:', ...formatTable(rows)]
}
