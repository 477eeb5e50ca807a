import { HoldfastError } from '../errors'
import { maxParallel } from '../sweep/space-size'
import type { SweepStatus } from '../sweep/sweep-state'

/** What a sweep shall come to: totals, so that asking twice for the same is no harm. */
export interface Extension {
  /** Trials in all, those that were started already included. */
  trials?: number
  /** Trials at a time from now on. */
  parallel?: number
}

/**
 * Refuses an extension that is not possible.
 *
 * @throws HoldfastError `E_SWEEP_ENDED`, `E_SWEEP_FULL`, `E_SWEEP_EXTEND`
 */
export function checkExtension(options: { status: SweepStatus; extension: Extension }): void {
  const { status, extension } = options
  const { trials, parallel } = extension
  refuseEnded(status)
  if (status.stage === 'best') {
    throw new HoldfastError({
      code: 'E_SWEEP_ENDED',
      what: 'the trials have ended and the best of them is being evaluated',
      where: status.id,
      hint: 'start another sweep with `holdfast sweep run` and a higher runCap',
    })
  }
  for (const [name, value] of Object.entries({ trials, parallel })) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue
    throw refusal(status, `${name} is ${value}`, 'give a whole number from 1')
  }
  if (trials === undefined && parallel === undefined)
    throw refusal(status, 'nothing was asked for', 'give trials, or another parallel')
  const { started } = status.counts
  if (trials !== undefined && trials < started)
    throw refusal(
      status,
      `${trials} trials in all are fewer than the ${started} that were started`,
      'it is the number of trials in all, not of those to be added',
    )
  const total = trials ?? status.trials
  if (total > status.mostTrials) throw full(status, total)
  if (parallel !== undefined && parallel > maxParallel)
    throw refusal(
      status,
      `${parallel} trials at a time are too many`,
      `at most ${maxParallel} run at a time`,
    )
  if (parallel !== undefined && parallel > total)
    throw refusal(
      status,
      `${parallel} trials at a time are more than the ${total} in all`,
      'ask for more trials with it, or for fewer at a time',
    )
}

/** Nothing can be asked of a sweep that has ended. */
export function refuseEnded({ id, state }: Pick<SweepStatus, 'id' | 'state'>): void {
  if (state === 'running') return
  throw new HoldfastError({
    code: 'E_SWEEP_ENDED',
    what: `the sweep has ended: it is ${state}`,
    where: id,
    hint: 'start another one with `holdfast sweep run`',
  })
}

function full({ id, method, mostTrials }: SweepStatus, total: number): HoldfastError {
  return new HoldfastError({
    code: 'E_SWEEP_FULL',
    what:
      method === 'grid'
        ? `${total} trials are more than the grid's ${mostTrials} points`
        : `${total} trials are more than the ${mostTrials} that a sweep can have`,
    where: id,
    hint: `at most ${mostTrials} trials in all can be run`,
  })
}

function refusal({ id }: SweepStatus, what: string, hint: string): HoldfastError {
  return new HoldfastError({ code: 'E_SWEEP_EXTEND', what, where: id, hint })
}
