import type { GateVerdict } from './run-state'

/** The held-out score of a candidate, as its evaluation job reported it. */
export interface Evaluation {
  metrics: Record<string, number>
  /** Held-out rows scored. */
  rows: number
  labels: string[]
  /** sha256 of the model archive that was scored. */
  artifactSha256: string
}

/** The decision to publish. Pure: the same numbers always give the same verdict and the same words. */
export function judge(options: {
  evaluation: Evaluation
  /** sha256 of the artifact as sealed after training. */
  artifactSha256: string
  metric: string
  atLeast?: number
}): GateVerdict {
  const { evaluation, artifactSha256, metric, atLeast } = options
  const score = evaluation.metrics[metric]
  const checks: [boolean, string][] = [
    [
      evaluation.artifactSha256 === artifactSha256,
      evaluation.artifactSha256 === artifactSha256
        ? 'the artifact evaluated is the one that was trained'
        : `the artifact evaluated (sha256 ${evaluation.artifactSha256}) is not the one that was trained (${artifactSha256})`,
    ],
  ]
  if (!(evaluation.rows > 0)) checks.push([false, 'the evaluation scored no held-out row'])
  if (score === undefined || !Number.isFinite(score)) {
    checks.push([
      false,
      `the evaluation reported no finite ${metric}; it has ${Object.keys(evaluation.metrics).join(', ') || 'nothing'}`,
    ])
  } else if (atLeast !== undefined) {
    const reached = score >= atLeast
    checks.push([
      reached,
      `${metric} ${shown(score, atLeast)} ${reached ? 'reaches' : 'is below'} ${atLeast} on ${evaluation.rows} held-out rows`,
    ])
  } else {
    checks.push([
      true,
      `${metric} ${score.toFixed(4)} on ${evaluation.rows} held-out rows; no threshold is set`,
    ])
  }
  return { passed: checks.every(([ok]) => ok), reasons: checks.map(([, reason]) => reason) }
}

/** Four digits, unless rounding to them would lift the score to the limit that it missed. */
function shown(score: number, missed: number): string {
  const rounded = score.toFixed(4)
  return Number(rounded) >= missed && score < missed ? String(score) : rounded
}
