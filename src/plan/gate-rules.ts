import type { Limits, ResolvedPipeline } from '../config/resolved-pipeline'
import { formatDuration } from '../duration'

/** What must hold for a model to be published, in words: each continues "when …". */
export function gateRules({
  evaluate,
  gate = {},
}: Pick<ResolvedPipeline, 'evaluate' | 'gate'>): string[] {
  const { metric, atLeast } = evaluate
  const { thresholds = {}, beatsChampionBy, noSliceWorseBy, maxLatencyMs, maxSizeMb } = gate
  const { approval } = gate
  return [
    `${metric} is ${atLeast === undefined ? 'a finite number' : `at least ${atLeast}`}`,
    ...Object.entries(thresholds).map(([name, limits]) => `${name} is ${within(limits)}`),
    ...(beatsChampionBy === undefined
      ? []
      : [`${metric} beats the champion's by more than ${beatsChampionBy}, beyond chance`]),
    ...(noSliceWorseBy === undefined
      ? []
      : [`no slice is worse than the champion's by more than ${noSliceWorseBy}, beyond chance`]),
    ...(maxLatencyMs === undefined ? [] : [`a row takes at most ${maxLatencyMs} ms (p95)`]),
    ...(maxSizeMb === undefined ? [] : [`the archive has at most ${maxSizeMb} MB`]),
    ...(approval === undefined
      ? []
      : [
          `a person approves it within ${formatDuration(approval.timeout)} (then ${approval.onTimeout})`,
        ]),
  ]
}

function within({ atLeast, atMost }: Limits): string {
  return [
    atLeast === undefined ? '' : `at least ${atLeast}`,
    atMost === undefined ? '' : `at most ${atMost}`,
  ]
    .filter(Boolean)
    .join(' and ')
}
