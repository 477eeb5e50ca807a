import { WorkflowNotFoundError } from '@temporalio/client'

import { rank } from '../sweep/rank'
import type { SweepStatus, TrialSummary } from '../sweep/sweep-state'
import type { Session } from './session'
import { sweepEvents, type SweepEvent } from './sweep-events'
import { checkExtension, refuseEnded, type Extension } from './sweep-extension'
import { readSweep } from './sweep-status'
import { readTrials } from './sweep-trials'
import { untilEnded } from './until-ended'

/**
 * A sweep that was started, by whomever.
 *
 * @example
 * const search = await client.sweep.get('reviews-lr-7f3k2m')
 * await search.extend({ trials: 20 })
 * const { state, published } = await search.result()
 */
export interface SweepHandle {
  id: string
  /** Answers with no worker running. */
  status(): Promise<SweepStatus>
  /** Every trial, the best first; those without a score come last, by number. */
  trials(): Promise<TrialSummary[]>
  /** Resolves when the sweep has ended, whatever its outcome. */
  result(): Promise<SweepStatus>
  /** From its beginning: who comes late is told everything once. */
  events(options?: { signal?: AbortSignal }): AsyncIterable<SweepEvent>
  /** No new trial begins; those under way go on. */
  pause(): Promise<void>
  resume(): Promise<void>
  /**
   * Another number of trials in all, or at a time; the same twice is once. Giving `trials` takes a
   * `stop({ drain: true })` back while trials are still under way.
   *
   * @throws HoldfastError `E_SWEEP_FULL`, `E_SWEEP_EXTEND`, `E_SWEEP_ENDED`
   */
  extend(extension: Extension): Promise<void>
  /**
   * Asks for the end: trials under way stop their jobs first, and nothing is published. With
   * `drain` no new trial begins, those under way finish, and the best is evaluated and published.
   * A sweep that has ended is left as it is.
   */
  stop(options?: { drain?: boolean }): Promise<void>
}

export function sweepHandle({ id, session }: { id: string; session: Session }): SweepHandle {
  const workflow = session.temporal.workflow.getHandle(id)
  const status = () => readSweep({ id, session })
  const signal = async (name: string, ...args: unknown[]) => {
    try {
      await workflow.signal(name, ...args)
    } catch (error) {
      // It has ended since we looked.
      if (error instanceof WorkflowNotFoundError) refuseEnded(await status())
      throw error
    }
  }
  return {
    id,
    status,
    trials: async () => {
      const [{ metric }, seen] = await Promise.all([status(), readTrials({ id, session })])
      return rank({ goal: metric.goal, trials: seen.map(({ trial }) => trial) })
    },
    result: () => untilEnded({ id, session, status }),
    events: (options = {}) =>
      sweepEvents({
        readStatus: status,
        readTrials: () => readTrials({ id, session }),
        ...options,
      }),
    pause: async () => {
      refuseEnded(await status())
      await signal('pause')
    },
    resume: async () => {
      refuseEnded(await status())
      await signal('resume')
    },
    extend: async (extension) => {
      checkExtension({ status: await status(), extension })
      const { trials, parallel } = extension
      // In this order: there are never more at a time than in all.
      if (trials !== undefined) await signal('extendTo', trials)
      if (parallel !== undefined) await signal('setParallel', parallel)
    },
    stop: async ({ drain = false } = {}) => {
      if ((await status()).state !== 'running') return
      try {
        await (drain ? workflow.signal('drain') : workflow.cancel())
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error
      }
    },
  }
}
