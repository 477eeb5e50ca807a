/** The leaderboard's order. */

import type { Objective } from './resolved-sweep'
import type { TrialState, TrialSummary } from './sweep-state'

type Goal = Objective['goal']

const order: Record<TrialState, number> = { completed: 0, running: 1, stopped: 2, failed: 3 }

/**
 * A new list: trials with a score first, the best of them at the top and equal ones by number; then
 * completed ones without a score, the running, the stopped and the failed, each by number.
 */
export function rank({
  goal,
  trials,
}: {
  goal: Goal
  trials: readonly TrialSummary[]
}): TrialSummary[] {
  return [...trials].sort((one, other) => {
    const states = order[one.state] - order[other.state]
    if (states !== 0) return states
    const [left, right] = [scoreOf(one), scoreOf(other)]
    if (isBetter({ goal, score: left, than: right })) return -1
    if (isBetter({ goal, score: right, than: left })) return 1
    return one.number - other.number
  })
}

/** Strictly better; any number is better than no score, and NaN is no score. */
export function isBetter({
  goal,
  score,
  than,
}: {
  goal: Goal
  score: number | null
  than: number | null
}): boolean {
  if (score === null || Number.isNaN(score)) return false
  if (than === null || Number.isNaN(than)) return true
  return goal === 'minimize' ? score < than : score > than
}

function scoreOf({ state, score }: TrialSummary): number | null {
  return state === 'completed' ? score : null
}
