import { describeSync } from '../checkpoint-sync'
import { formatDuration } from '../duration'
import type { Attempt, GateVerdict, RunOutcome, RunStatus, Stage } from '../run-state'
import { cleanLine } from './clean-text'
import type { Colors } from './colors'
import { describeRun } from './describe-run'
import { formatError, formatProblem } from './format-error'
import { formatFed } from './format-fed'
import { formatNumber, orderMetrics } from './format-metric'
import { costText, isIllustrative, totalsOf } from './format-summary'
import { formatTable } from './format-table'
import { interruptionsOf, markOf } from './live-block'
import { stepsOf } from './live-lines'

/** `holdfast status` for people: a sentence first, then stages, attempts, metrics, gate, result, error. */
export function formatStatus(options: {
  status: RunStatus
  colors: Colors
  /** Milliseconds since the epoch. */
  now: number
}): string[] {
  const { status, colors, now } = options
  const sections = [
    [colors.bold(describeRun(status, now)), ...formatProblem(status.problem, colors)],
    stagesSection(status.stages, now, colors),
    attemptsSection(status, colors),
    metricsSection(status.metrics, colors),
    gateSection(status, colors),
    publishedSection(status, colors),
    formatFed(status.fed, colors),
    formatError(status.error, colors),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function stagesSection(stages: Stage[], now: number, colors: Colors): string[] {
  const rows = stages.map((stage) => [
    `${markOf(stage.state, colors)} ${stage.name}`,
    stage.state,
    took(stage, now),
    cleanLine(stage.note ?? ''),
  ])
  return formatTable(rows)
}

function took(stage: Stage, now: number): string {
  if (!stage.startedAt || stage.state === 'pending') return ''
  const end = stage.endedAt ? Date.parse(stage.endedAt) : now
  return formatDuration((end - Date.parse(stage.startedAt)) / 1000)
}

/** Two or three short lines for each, as a table of everything would be wider than most terminals. */
function attemptsSection(status: RunStatus, colors: Colors): string[] {
  const { attempts } = status.training
  if (attempts.length === 0) return []
  const heads = formatTable(
    attempts.map((attempt, index) => [
      `  ${index + 1}`,
      attempt.jobName,
      placementOf(attempt),
      [attempt.status, attempt.secondaryStatus]
        .filter((word, at, all) => word && all.indexOf(word) === at)
        .join('/'),
    ]),
  )
  const lines = attempts.flatMap((attempt, index) =>
    [heads[index] ?? '', ...attemptFacts(attempt).map((fact) => `     ${fact}`)].filter(Boolean),
  )
  return [colors.dim('ATTEMPTS'), ...lines, ...totalLines(status)]
}

/** What all attempts came to; of a single one that wasted nothing and has no price there is no more to say. */
function totalLines(status: RunStatus): string[] {
  const totals = totalsOf(status)
  const { attempts, trainingSeconds, billableSeconds, savings, wastedSeconds, costUsd } = totals
  if (trainingSeconds === 0 || (attempts === 1 && wastedSeconds === 0 && costUsd === null))
    return []
  const facts = [
    `training ${formatDuration(trainingSeconds)}`,
    `billable ${formatDuration(billableSeconds)}`,
    savings === null || totals.illustrative ? '' : `${Math.round(savings * 100)}% saved`,
    wastedSeconds > 0 ? `${formatDuration(wastedSeconds)} in vain` : '',
    `cost ${costText(totals)}`,
  ]
  return [`  all  ${facts.filter(Boolean).join(', ')}`]
}

function attemptFacts(attempt: Attempt): string[] {
  const { interruptions, resumedFromStep, stepsLost, trainingSeconds, billableSeconds } = attempt
  const facts = [
    interruptions > 0 ? interruptionsOf(interruptions) : '',
    resumedFromStep > 0 ? `resumed from step ${resumedFromStep}` : '',
    stepsLost > 0 ? `${stepsOf(stepsLost)} trained again` : '',
  ]
  const times = [
    trainingSeconds > 0 ? `training ${formatDuration(trainingSeconds)}` : '',
    billableSeconds > 0
      ? `billable ${formatDuration(billableSeconds)}${isIllustrative(attempt) ? ' (illustrative)' : ''}`
      : '',
    attempt.runner ? `runner ${attempt.runner}` : '',
  ]
  return [
    facts.filter(Boolean).join(', '),
    times.filter(Boolean).join(', '),
    cleanLine(attempt.failureReason ?? ''),
    attempt.sync ? `warning: ${describeSync(attempt.sync)}` : '',
  ].filter(Boolean)
}

function placementOf({ placement }: Pick<Attempt, 'placement'>): string {
  const place = placement.region === undefined ? '' : ` in ${placement.region}`
  return `${placement.instanceType} ${placement.useSpotInstances ? 'spot' : 'on-demand'}${place}`
}

function metricsSection(metrics: Record<string, number>, colors: Colors): string[] {
  const rows = orderMetrics(metrics).map(([name, value]) => [name, formatNumber(value)])
  return rows.length === 0 ? [] : [colors.dim('METRICS'), ...formatTable(rows)]
}

function gateSection({ gate, state }: RunStatus, colors: Colors): string[] {
  if (!gate) return []
  const verdict = verdictOf(gate, state, colors)
  return [
    `${colors.dim('GATE')} ${verdict}`,
    ...gate.reasons.map((reason) => `  ${cleanLine(reason)}`),
  ]
}

/** A run that was terminated while it asked did not get to say so. */
function verdictOf({ passed, approval }: GateVerdict, state: RunOutcome, colors: Colors): string {
  if (!passed) return colors.red('rejected')
  if (approval?.state !== 'awaiting' && approval?.state !== 'cancelled')
    return colors.green('passed')
  return state === 'running' ? colors.yellow('awaiting approval') : 'ended before a decision'
}

function publishedSection({ published }: RunStatus, colors: Colors): string[] {
  if (!published) return []
  return [
    `${colors.dim('PUBLISHED')} version ${published.version}`,
    ...formatTable([
      ['  model package', published.modelPackageArn],
      ['  artifact', published.artifactUri],
      ['  sha256', published.sha256],
    ]),
  ]
}
