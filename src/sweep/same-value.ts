/** Whether two hyperparameter values are one to Python, where `1 == 1.0`. */

import type { Hyperparameter } from '../config/resolved-pipeline'
import { markedFloat } from '../estimator/python-json'

export function sameValue(one: Hyperparameter, other: Hyperparameter): boolean {
  const left = markedFloat(one) ?? one
  const right = markedFloat(other) ?? other
  if (typeof left !== 'object' || typeof right !== 'object') return left === right
  if (left === null || right === null) return left === right
  if (Array.isArray(left) || Array.isArray(right)) {
    return (
      Array.isArray(left) &&
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => sameValue(item, right[index] ?? null))
    )
  }
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every(
      (name) => Object.hasOwn(right, name) && sameValue(left[name] ?? null, right[name] ?? null),
    )
  )
}
