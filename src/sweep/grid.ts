/** A grid whose parameters may switch one another off: how many points it has, and which is the nth. */

import type { Hyperparameter } from '../config/resolved-pipeline'
import { levelsOf } from './levels'
import type { Levels } from './levels'
import type { SearchParameter } from './resolved-sweep'
import { sameValue } from './same-value'

export interface Grid {
  /** At most `cap`, which stands for "that many or more"; null: some parameter is not countable. */
  size: number | null
  /** The point of that index, from 0 and below `cap`; null: there is none. */
  point(index: number): Record<string, Hyperparameter> | null
}

/**
 * For each parameter: is every condition on the ones so far met? All that the number of points
 * below a choice depends on, and mostly the same for many choices, so it is counted once.
 */
type Open = readonly boolean[]

/** The last parameter changes fastest; one that is switched off does not multiply. */
export function gridOf({
  parameters,
  cap,
}: {
  parameters: readonly SearchParameter[]
  cap: number
}): Grid {
  const levels = parameters.map(({ distribution }) => levelsOf(distribution))
  const named = parameters.map(({ name }) => valuesNamed(parameters, name))
  const start: Open = parameters.map(() => true)
  const known = new Map<string, number | null>()
  // A space of so many different states has at least 10,000 points: more than are ever tried.
  const statesAtMost = 10_000 * (parameters.length + 1)

  /** Points that the parameters from `index` on make. */
  function count(index: number, open: Open): number | null {
    if (index === parameters.length) return 1
    const state = `${index}:${open.slice(index).map(Number).join('')}`
    const before = known.get(state)
    if (before !== undefined) return before
    if (known.size >= statesAtMost) return cap
    const result = countAnew(index, open)
    known.set(state, result)
    return result
  }

  function countAnew(index: number, open: Open): number | null {
    if (!open[index]) return count(index + 1, after(index, undefined, open))
    const own = levels[index]
    if (!own) return null
    let total = 0
    for (const { times, value } of groups(own, named[index] ?? [])) {
      const below = count(index + 1, after(index, value, open))
      if (below === null) return null
      total += times * below
      if (total >= cap) return cap
    }
    return total
  }

  function after(index: number, value: Hyperparameter | undefined, open: Open): Open {
    const name = parameters[index]?.name ?? ''
    if (named[index]?.length === 0) return open
    return open.map((met, later) => {
      const values = later > index ? parameters[later]?.when?.[name] : undefined
      if (!met || !values) return met
      return value !== undefined && values.some((allowed) => sameValue(allowed, value))
    })
  }

  /** Which level is taken, and the index that is left for the parameters after it. */
  function choose(
    index: number,
    open: Open,
    rest: number,
  ): { value: Hyperparameter; rest: number } {
    const own = levels[index] as Levels
    const evenly = named[index]?.length === 0 ? count(index + 1, open) : null
    if (evenly) return { value: own.at(Math.floor(rest / evenly)), rest: rest % evenly }
    let left = rest
    for (let level = 0; level < own.count; level++) {
      const value = own.at(level)
      const below = count(index + 1, after(index, value, open)) ?? 0
      if (left < below) return { value, rest: left }
      left -= below
    }
    throw new RangeError('a point beyond the end of the grid')
  }

  return {
    size: count(0, start),
    point(index) {
      const size = count(0, start)
      if (size === null || index >= size) return null
      const entries: [string, Hyperparameter][] = []
      let open = start
      let rest = index
      parameters.forEach(({ name }, at) => {
        if (!open[at]) {
          open = after(at, undefined, open)
          return
        }
        const chosen = choose(at, open, rest)
        rest = chosen.rest
        open = after(at, chosen.value, open)
        entries.push([name, chosen.value])
      })
      return Object.fromEntries(entries)
    },
  }
}

/** The values that conditions of later parameters name, each once. */
function valuesNamed(parameters: readonly SearchParameter[], name: string): Hyperparameter[] {
  const values: Hyperparameter[] = []
  for (const value of parameters.flatMap(({ when }) => when?.[name] ?? [])) {
    if (!values.some((other) => sameValue(other, value))) values.push(value)
  }
  return values
}

/** Levels that later conditions can tell apart; to them, an unnamed one is like none at all. */
function groups(
  levels: Levels,
  named: Hyperparameter[],
): { times: number; value: Hyperparameter | undefined }[] {
  const among = named.filter((value) => levels.indexOf(value) >= 0)
  const others = levels.count - among.length
  return [
    ...among.map((value) => ({ times: 1, value })),
    ...(others > 0 ? [{ times: others, value: undefined }] : []),
  ]
}
