/**
 * Sobol's sequence: points that fill the unit cube evenly, whatever their number. In the order of
 * the Gray code of I. Antonov and V. Saleev, as most libraries have it, so that a point follows
 * from its index without the ones before it.
 */

import { wordOf } from './hash-words'
import { sobolDirections } from './sobol-directions'

/** Parameters that a Sobol sweep can vary. */
export const maxSobolDimensions = sobolDirections.length

/** A coordinate in units of 2^-32. `dimension` and `index` are from 0; the first point is 0. */
export function sobolCoordinate(point: { dimension: number; index: number }): number {
  let gray = (point.index ^ (point.index >>> 1)) >>> 0
  const directions = directionNumbers(point.dimension, 32 - Math.clz32(gray))
  let coordinate = 0
  for (const direction of directions) {
    if (gray & 1) coordinate ^= direction
    gray >>>= 1
  }
  return coordinate >>> 0
}

/**
 * A coordinate in (0, 1) after a digital shift: all points of a dimension are XORed with one word
 * that follows from the seed and the parameter's name. Evenness survives it, and no point sits on
 * an edge.
 */
export function shiftedSobol(point: {
  dimension: number
  index: number
  seed: number
  name: string
}): number {
  return (((sobolCoordinate(point) ^ wordOf(point)) >>> 0) + 0.5) / 2 ** 32
}

/** The first `count` (at most 32) direction numbers, by the recurrence of the polynomial. */
function directionNumbers(dimension: number, count: number): number[] {
  const [polynomial, ...m] = sobolDirections[dimension] ?? []
  if (polynomial === undefined) {
    throw new RangeError(`Sobol's sequence has ${maxSobolDimensions} dimensions here at most`)
  }
  const degree = 31 - Math.clz32(polynomial)
  for (let k = m.length; k < count; k++) {
    m.push(degree === 0 ? 1 : nextNumber({ m, k, polynomial, degree }))
  }
  return m.slice(0, count).map((number, k) => number << (31 - k))
}

function nextNumber(recurrence: {
  m: number[]
  k: number
  polynomial: number
  degree: number
}): number {
  const { m, k, polynomial, degree } = recurrence
  let next = m[k - degree] ?? 0
  for (let i = 1; i <= degree; i++) {
    if ((polynomial >>> (degree - i)) & 1) next ^= (m[k - i] ?? 0) << i
  }
  return next
}
