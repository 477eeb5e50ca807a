/** CloudWatch's statistics: the samples of each period, summed up. */

import type { Sample } from './sample'

/** The statistics of one period of one unit. */
export interface Bucket {
  /** Beginning of the period; seconds since the epoch. */
  at: number
  unit: string
  statistics: Record<Statistic, number>
}

export const statistics = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const
export type Statistic = (typeof statistics)[number]

/** Metrics of regular resolution are kept by the minute (CloudWatch user guide). */
const minute = 60

/**
 * The periods between `start` (included) and `end` (excluded), in order of time, without empty ones.
 * They begin at multiples of the period. As in CloudWatch, a sample counts as one of its minute, or of
 * its period where that is shorter, and `start` is rounded down likewise: a job that started at 12:32:34
 * misses nothing that it said at 12:32:40.
 *
 * @example
 * aggregate({ samples: [sampleOf({ at: 61_000, value: 3 })], start: 0, end: 120, period: 60 })
 * // [{ at: 60, unit: 'None', statistics: { Average: 3, … } }]
 */
export function aggregate(options: {
  samples: readonly Sample[]
  /** Seconds since the epoch, like `end`. */
  start: number
  end: number
  /** Seconds. */
  period: number
}): Bucket[] {
  const { samples, end, period } = options
  const resolution = Math.min(period, minute)
  const start = floorTo(options.start, resolution)
  const groups = new Map<string, { at: number; unit: string; samples: Sample[] }>()
  for (const sample of samples) {
    const kept = floorTo(sample.at / 1000, resolution)
    if (kept < start || kept >= end) continue
    const at = floorTo(kept, period)
    const key = `${at}/${sample.unit}`
    const group = groups.get(key) ?? { at, unit: sample.unit, samples: [] }
    group.samples.push(sample)
    groups.set(key, group)
  }
  return [...groups.values()]
    .sort((a, b) => a.at - b.at)
    .map((group) => ({ at: group.at, unit: group.unit, statistics: summed(group.samples) }))
}

function summed(samples: readonly Sample[]): Bucket['statistics'] {
  let [count, sum, minimum, maximum] = [0, 0, Infinity, -Infinity]
  for (const sample of samples) {
    count += sample.count
    sum += sample.sum
    minimum = Math.min(minimum, sample.minimum)
    maximum = Math.max(maximum, sample.maximum)
  }
  return { SampleCount: count, Average: sum / count, Sum: sum, Minimum: minimum, Maximum: maximum }
}

function floorTo(value: number, step: number): number {
  return Math.floor(value / step) * step
}
