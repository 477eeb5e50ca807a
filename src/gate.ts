import type { Limits, ResolvedGate, ResolvedPipeline } from './config/resolved-pipeline'
import type { GateVerdict } from './run-state'
import { slicesBeyondChance } from './slices-beyond-chance'

/** Where a value lies, as far as the held-out rows can tell. */
export interface Interval {
  low: number
  high: number
}

/** Candidate minus champion, on the same rows. */
export interface Difference extends Interval {
  difference: number
}

/** The rows that have one value in one column. */
export interface SliceScore {
  column: string
  value: string
  rows: number
  metrics: Record<string, number>
  intervals?: Record<string, Interval>
  /** By metric, where a champion was scored too. */
  paired?: Record<string, Difference>
}

export interface Latency {
  /** Milliseconds of one row at a time. */
  medianMs?: number
  p95Ms: number
  /** Where it was measured, in the evaluation's own words. */
  instance?: string
}

/** The champion on the same rows. */
export interface ChampionScore {
  /** Of the archive that was scored. */
  sha256: string
  metrics?: Record<string, number>
  paired?: Record<string, Difference>
  /** Why it could not be scored. */
  unscored?: string
}

/** The held-out score of a candidate, as its evaluation job reported it. */
export interface Evaluation {
  metrics: Record<string, number>
  /** Held-out rows scored. */
  rows: number
  labels: string[]
  /** sha256 of the model archive that was scored. */
  artifactSha256: string
  /** By metric. */
  intervals?: Record<string, Interval>
  /** Of all intervals, 0 to 1. */
  level?: number
  /** With the gate's metric only. */
  slices?: SliceScore[]
  latency?: Latency
  champion?: ChampionScore
}

/** The published model that a candidate is compared with. */
export interface Champion {
  model: string
  version: number
  sha256: string
  artifactUri: string
}

interface Judging {
  evaluation: Evaluation
  /** sha256 of the artifact as sealed after training. */
  artifactSha256: string
  /** Its bytes. */
  artifactSize?: number
  metric: string
  atLeast?: number
  gate?: ResolvedGate
  /** Null: nothing was published yet. */
  champion?: Champion | null
}

type Check = [passed: boolean, reason: string]

/** The decision to publish. Pure: the same numbers always give the same verdict and the same words. */
export function judge(judging: Judging): GateVerdict {
  const { evaluation, metric, atLeast, gate = {} } = judging
  const checks: Check[] = [
    checkArtifact(judging),
    ...(evaluation.rows > 0 ? [] : [[false, 'the evaluation scored no held-out row'] as Check]),
    ...checkMetric({ evaluation, metric, limits: atLeast === undefined ? {} : { atLeast } }),
    ...Object.entries(gate.thresholds ?? {}).flatMap(([name, limits]) =>
      checkMetric({ evaluation, metric: name, limits }),
    ),
    ...checkChampion({ ...judging, gate }),
    ...(gate.maxLatencyMs === undefined ? [] : [checkLatency(evaluation, gate.maxLatencyMs)]),
    ...(gate.maxSizeMb === undefined ? [] : [checkSize(judging, gate.maxSizeMb)]),
  ]
  return { passed: checks.every(([ok]) => ok), reasons: checks.map(([, reason]) => reason) }
}

/** Whether the champion must be scored beside the candidate. */
export function comparesChampion({ gate }: Pick<ResolvedPipeline, 'gate'>): boolean {
  return gate?.beatsChampionBy !== undefined || gate?.noSliceWorseBy !== undefined
}

/** Losses and errors, by their names; of all other metrics more is better. */
export function lessIsBetter(metric: string): boolean {
  return /(^|_)(loss|error|perplexity|wer|cer|mae|mse|rmse|brier|ece)$/.test(metric)
}

function checkArtifact({ evaluation, artifactSha256 }: Judging): Check {
  return evaluation.artifactSha256 === artifactSha256
    ? [true, 'the artifact evaluated is the one that was trained']
    : [
        false,
        `the artifact evaluated (sha256 ${evaluation.artifactSha256}) is not the one that was trained (${artifactSha256})`,
      ]
}

function checkMetric(options: { evaluation: Evaluation; metric: string; limits: Limits }): Check[] {
  const { evaluation, metric, limits } = options
  const { atLeast, atMost } = limits
  const { metrics, rows } = evaluation
  const score = metrics[metric]
  if (score === undefined || !Number.isFinite(score)) {
    const named = Object.keys(metrics).join(', ') || 'nothing'
    return [[false, `the evaluation reported no finite ${metric}; it has ${named}`]]
  }
  const where = `on ${rows} held-out rows${intervalOf(evaluation, metric)}`
  const checks: Check[] = []
  if (atLeast !== undefined) {
    const reached = score >= atLeast
    const how = reached ? 'reaches' : 'is below'
    checks.push([reached, `${metric} ${shown(score, atLeast)} ${how} ${atLeast} ${where}`])
  }
  if (atMost !== undefined) {
    const within = score <= atMost
    const how = within ? 'is within' : 'is above'
    checks.push([within, `${metric} ${shown(score, atMost)} ${how} ${atMost} ${where}`])
  }
  if (checks.length > 0) return checks
  return [[true, `${metric} ${score.toFixed(4)} ${where}; no threshold is set`]]
}

/** Better than the champion, and nowhere worse; a champion that could not be compared lets nothing pass. */
function checkChampion(judging: Judging & { gate: ResolvedGate }): Check[] {
  const { evaluation, metric, gate, champion } = judging
  const { beatsChampionBy, noSliceWorseBy, sliceCorrection } = gate
  if (!comparesChampion(judging)) return []
  if (!champion) return [[true, 'nothing is published yet: there is no champion to beat']]
  const named = `version ${champion.version}`
  const scored = evaluation.champion
  if (!scored) return [[false, `the evaluation did not score ${named} beside the candidate`]]
  if (scored.sha256 !== champion.sha256) {
    return [
      [
        false,
        `what the evaluation compared with (sha256 ${scored.sha256}) is not ${named} (${champion.sha256})`,
      ],
    ]
  }
  if (scored.unscored !== undefined)
    return [[false, `${named} could not be scored on these rows: ${scored.unscored}`]]
  const checks: Check[] = []
  if (beatsChampionBy !== undefined) {
    const before = scored.metrics?.[metric]
    const gain = gainOf(metric, scored.paired?.[metric])
    if (before === undefined || !gain)
      checks.push([false, `the evaluation did not compare ${metric} with ${named}`])
    else checks.push(checkGain({ metric, named, before, gain, by: beatsChampionBy, evaluation }))
  }
  if (noSliceWorseBy !== undefined)
    checks.push(
      ...checkSlices({
        evaluation,
        metric,
        named,
        by: noSliceWorseBy,
        correction: sliceCorrection,
      }),
    )
  return checks
}

/** The whole interval must lie beyond what is asked for: so chance alone passes once in forty. */
function checkGain(options: {
  metric: string
  named: string
  before: number
  gain: Difference
  by: number
  evaluation: Evaluation
}): Check {
  const { metric, named, before, gain, by, evaluation } = options
  const beats = gain.low > by
  return [
    beats,
    `${metric} is ${betterBy(gain.difference)} than the ${before.toFixed(4)} of ${named}, ` +
      `${rangeOf(gain, evaluation, by)}; the lower end is ${beats ? '' : 'not '}above ${by}`,
  ]
}

function checkSlices(options: {
  evaluation: Evaluation
  metric: string
  named: string
  by: number
  /** Absent in runs that began before there was one: each slice is then judged by itself. */
  correction: ResolvedGate['sliceCorrection']
}): Check[] {
  const { evaluation, metric, named, by, correction } = options
  const compared = (evaluation.slices ?? []).flatMap((slice) => {
    const gain = gainOf(metric, slice.paired?.[metric])
    return gain ? [{ ...slice, gain }] : []
  })
  if (compared.length === 0)
    return [[false, `the evaluation compared no slice's ${metric} with ${named}`]]
  const gains = compared.map(({ gain }) => gain)
  const beyondChance =
    correction === 'holm'
      ? slicesBeyondChance({ gains, level: evaluation.level })
      : gains.map(({ high }) => high < 0)
  const worse = compared.filter(({ gain }, at) => gain.difference < -by && beyondChance[at])
  if (worse.length === 0) {
    const slices =
      compared.length === 1 ? 'the slice is not' : `none of ${compared.length} slices is`
    return [[true, `${slices} worse than with ${named} by more than ${by}, beyond chance`]]
  }
  return worse.map(({ column, value, rows, gain }): Check => [
    false,
    `${metric} of the ${rows} rows with ${column} ${JSON.stringify(value)} is ` +
      `${betterBy(gain.difference)} than with ${named}, ${rangeOf(gain, evaluation)}; at most ${by} is allowed`,
  ])
}

function checkLatency({ latency }: Evaluation, most: number): Check {
  if (!latency) return [false, 'the evaluation reported no latency']
  const { p95Ms, instance } = latency
  const within = p95Ms <= most
  const where = instance === undefined ? '' : ` on ${instance}`
  return [
    within,
    `a row takes ${p95Ms} ms at the 95th percentile${where}, ${within ? 'within' : 'more than'} ${most}`,
  ]
}

function checkSize({ artifactSize }: Judging, most: number): Check {
  if (artifactSize === undefined) return [false, 'the size of the artifact is not known']
  const size = artifactSize / 1e6
  const within = size <= most
  return [
    within,
    `the artifact has ${within ? size.toFixed(1) : size} MB, ${within ? 'within' : 'more than'} ${most}`,
  ]
}

/** How much better the candidate is: the difference, turned round where less is better. */
function gainOf(metric: string, paired: Difference | undefined): Difference | undefined {
  if (!paired || !lessIsBetter(metric)) return paired
  const { difference, low, high } = paired
  return { difference: -difference, low: -high, high: -low }
}

function betterBy(gain: number): string {
  return gain < 0 ? `${(-gain).toFixed(4)} worse` : `${gain.toFixed(4)} better`
}

/** With the limit that the lower end is measured by, if it is. */
function rangeOf({ low, high }: Interval, { level }: Evaluation, limit?: number): string {
  const percent = level === undefined ? 'interval' : `${Number((level * 100).toFixed(1))}% interval`
  const from = limit === undefined ? low.toFixed(4) : shown(low, limit)
  return `${percent} ${from} to ${high.toFixed(4)}`
}

function intervalOf(evaluation: Evaluation, metric: string): string {
  const interval = evaluation.intervals?.[metric]
  return interval ? ` (${rangeOf(interval, evaluation)})` : ''
}

/** Four digits, unless rounding to them would carry the score over the limit that it missed. */
function shown(score: number, limit: number): string {
  const rounded = score.toFixed(4)
  return Math.sign(Number(rounded) - limit) === Math.sign(score - limit) ? rounded : String(score)
}
