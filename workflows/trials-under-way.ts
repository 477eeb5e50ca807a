import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  setHandler,
  startChild,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow'

import type { RunSite } from '../src/run-site'
import { searchAttributes } from '../src/search-attributes'
import { newTrial } from '../src/sweep/new-trial'
import { trialId, trialName, type TrialEnd } from '../src/sweep/sweep-state'
import { searching } from './options'
import { trial, trialEnded, type TrialInput } from './trial'

/** Numbers in one search. */
const searchedAtOnce = 100

export type TrialsUnderWay = ReturnType<typeof trialsUnderWay>

/**
 * The trials of a sweep that have not ended. They are children that outlive each run of the sweep's
 * workflow, so there are two ways to hear of an end: a child that this run started is heard when it
 * closes, as its slot must not be given away before; a child of an earlier run tells it by a signal.
 */
export function trialsUnderWay({ sweepId }: { sweepId: string }) {
  const ends: TrialEnd[] = []
  /** Started by this run and not closed, with what each has told. */
  const open = new Map<number, TrialEnd | null>()
  /** Ended from outside, without a word. */
  const lost = new Set<number>()
  /** Asked for, and not known to be there. */
  const starting = new Set<number>()

  setHandler(trialEnded, (end) => {
    if (open.has(end.number)) open.set(end.number, end)
    else ends.push(end)
  })

  async function untilClosed(number: number, result: Promise<TrialEnd>): Promise<void> {
    try {
      ends.push(await result)
    } catch {
      const told = open.get(number)
      if (told) ends.push(told)
      // Its job may still be running: a search stops that first.
      else lost.add(number)
    } finally {
      open.delete(number)
    }
  }

  return {
    hasEnds: () => ends.length > 0,
    hasLost: () => lost.size > 0,
    takeEnds: () => ends.splice(0),
    /** All ends that are known, also of trials that have not closed: the last thing before we continue as new. */
    takeAllEnds: () => [...ends.splice(0), ...[...open.values()].filter((end) => end !== null)],

    async start({ input, sweep }: { input: TrialInput; sweep: string }) {
      const { number, hyperparameters, pipeline } = input
      open.set(number, null)
      starting.add(number)
      try {
        // Whether it was started must be known even when we are cancelled meanwhile.
        await CancellationScope.nonCancellable(async () => {
          const child = await startChild(trial, {
            workflowId: trialId({ sweepId, number }),
            args: [input],
            workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
            cancellationType: ChildWorkflowCancellationType.ABANDON,
            // Continuing as new counts as closing: trials must not end with one of our runs.
            parentClosePolicy: ParentClosePolicy.ABANDON,
            memo: { trial: newTrial({ number, hyperparameters }) },
            typedSearchAttributes: [
              { key: searchAttributes.pipeline, value: pipeline.name },
              { key: searchAttributes.sweepId, value: sweepId },
              { key: searchAttributes.stage, value: 'running' },
            ],
            staticSummary: `${trialName(number)} of ${sweep}`,
          })
          void untilClosed(number, child.result())
        })
      } catch (error) {
        open.delete(number)
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
        // After a reset the trial is there already, and may have ended: a search tells.
        lost.add(number)
      } finally {
        starting.delete(number)
      }
    },

    /** Each stops its job first. */
    async cancel(numbers: number[]) {
      await Promise.all(
        numbers.map(async (number) => {
          const workflowId = trialId({ sweepId, number })
          try {
            await getExternalWorkflowHandle(workflowId).cancel()
          } catch (error) {
            log.info('a trial had ended before it could be cancelled', { workflowId, error })
          }
        }),
      )
    },

    /**
     * For those that ended without a word: their jobs are stopped, and then they count as ended. A
     * search that fails is repeated by the next one.
     */
    async search({ site, numbers }: { site: RunSite; numbers: number[] }) {
      try {
        const there = numbers.filter((number) => !starting.has(number))
        for (let first = 0; first < there.length; first += searchedAtOnce) {
          const slice = there.slice(first, first + searchedAtOnce)
          const found = await searching.findEndedTrials({ site, sweepId, numbers: slice })
          ends.push(...found.ended)
          // All others have ended now, or run and will tell.
          for (const number of slice) if (!found.stopping.includes(number)) lost.delete(number)
        }
      } catch (error) {
        if (isCancellation(error)) throw error
        log.warn('a search for lost trials failed', { error })
      }
    },
  }
}
