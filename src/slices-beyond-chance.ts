import { inverseNormal } from './sweep/inverse-normal'

/** How much better a slice is, and the interval of that; negative: worse. */
interface Gain {
  difference: number
  low: number
  high: number
}

/**
 * Which slices are worse beyond chance, all of them looked at together: by Holm's procedure ("A Simple
 * Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6, 65-70, 1979),
 * which holds however the slices overlap. Among any number that are no worse, one is called worse as
 * seldom as a single one by its interval. How far a slice lies from zero is taken from its interval, as of a
 * normal distribution (after Altman and Bland, "How to obtain the P value from a confidence interval",
 * BMJ 343, d2304, 2011); of one that leans, from its wider half. Of a single slice its upper end decides.
 *
 * @param options.level of the intervals, 0 to 1
 * @example
 * slicesBeyondChance({ gains: [{ difference: -0.1, low: -0.15, high: -0.05 }], level: 0.95 }) // [true]
 */
export function slicesBeyondChance(options: {
  gains: readonly Gain[]
  level?: number | undefined
}): boolean[] {
  const { gains, level = 0.95 } = options
  const tail = (1 - level) / 2
  const distances = gains.map(({ difference, low, high }) => {
    const half = Math.max(high - difference, (high - low) / 2)
    return difference < 0 ? (-difference / half) * inverseNormal(1 - tail) : 0
  })
  const farthestFirst = distances
    .map((distance, place) => ({ distance, place }))
    .sort((a, b) => b.distance - a.distance)
  const worse = gains.map(() => false)
  for (const [at, { distance, place }] of farthestFirst.entries()) {
    // The chance that is left is shared by those that are left.
    if (!(distance > -inverseNormal(tail / (gains.length - at)))) break
    worse[place] = true
  }
  return worse
}
