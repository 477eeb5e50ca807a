import { HoldfastError } from '../errors'
import type { SweepStatus } from '../sweep/sweep-state'

export interface Extension {
  /** So many trials more. */
  trials?: number
  /** Trials at a time from now on. */
  parallel?: number
}

/** Trials at a time: beyond it a sweep's own history grows too fast. */
export const mostParallel = 500

/**
 * What an extension comes to: totals, so that asking twice for the same is no harm.
 *
 * @throws HoldfastError `E_SWEEP_ENDED`, `E_SWEEP_FULL`, `E_SWEEP_EXTEND`
 */
export function extensionOf(options: { status: SweepStatus; extension: Extension }): {
  total?: number
  parallel?: number
} {
  const { status, extension } = options
  const { trials: more, parallel } = extension
  refuseEnded(status)
  if (status.stage === 'best') {
    throw new HoldfastError({
      code: 'E_SWEEP_ENDED',
      what: 'the trials have ended and the best of them is being evaluated',
      where: status.id,
      hint: 'start another sweep with `holdfast sweep run --new` and a higher runCap',
    })
  }
  for (const [name, value] of Object.entries({ trials: more, parallel })) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue
    throw refusal(status, `${name} is ${value}`, 'give a whole number from 1')
  }
  if (more === undefined && parallel === undefined)
    throw refusal(status, 'nothing was asked for', 'give more trials, or another parallel')
  const total = status.trials + (more ?? 0)
  if (total > status.mostTrials) throw full(status, total)
  if (parallel !== undefined && parallel > mostParallel)
    throw refusal(
      status,
      `${parallel} trials at a time are too many`,
      `at most ${mostParallel} run at a time`,
    )
  if (parallel !== undefined && parallel > total)
    throw refusal(
      status,
      `${parallel} trials at a time are more than the ${total} in all`,
      'ask for more trials with it, or for fewer at a time',
    )
  return {
    ...(more === undefined ? {} : { total }),
    ...(parallel === undefined ? {} : { parallel }),
  }
}

/** Nothing can be asked of a sweep that has ended. */
export function refuseEnded({ id, state }: Pick<SweepStatus, 'id' | 'state'>): void {
  if (state === 'running') return
  throw new HoldfastError({
    code: 'E_SWEEP_ENDED',
    what: `the sweep has ended: it is ${state}`,
    where: id,
    hint: 'start another one with `holdfast sweep run --new`',
  })
}

function full({ id, method, mostTrials, trials }: SweepStatus, total: number): HoldfastError {
  const left = mostTrials - trials
  return new HoldfastError({
    code: 'E_SWEEP_FULL',
    what:
      method === 'grid'
        ? `${total} trials are more than the grid's ${mostTrials} points`
        : `${total} trials are more than the ${mostTrials} that a sweep can have`,
    where: id,
    hint: left > 0 ? `at most ${left} more can be run` : 'all of them are to be run already',
  })
}

function refusal({ id }: SweepStatus, what: string, hint: string): HoldfastError {
  return new HoldfastError({ code: 'E_SWEEP_EXTEND', what, where: id, hint })
}
