import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow'

import type { RunSite } from '../src/run-site'
import type { FedRun, Published, RunError, RunOutcome } from '../src/run-state'
import { searchAttributes } from '../src/search-attributes'
import { newSweepState } from '../src/sweep/new-sweep-state'
import { pipelineWith } from '../src/sweep/pipeline-with'
import { propose } from '../src/sweep/propose'
import { rank } from '../src/sweep/rank'
import type { ResolvedSweep } from '../src/sweep/resolved-sweep'
import { maxParallel } from '../src/sweep/space-size'
import { summarizeTrial } from '../src/sweep/summarize-trial'
import {
  topSize,
  type SweepOutcome,
  type SweepStage,
  type SweepState,
  type TrialEnd,
  type TrialSummary,
} from '../src/sweep/sweep-state'
import { failRun } from './failures'

/** Failures that the memo remembers. */
const failuresKept = 5
/** Trials started by one workflow task: all of a task must fit into one message of 4 MiB. */
const startedAtOnce = 25

export type SweepBoard = ReturnType<typeof sweepBoard>

/**
 * A sweep's board: which trials are due, how those that ended did, which is the best. What it holds
 * is bounded, and is what people read, in the memo and in Temporal's own UI.
 */
export function sweepBoard(options: {
  sweep: ResolvedSweep
  state?: SweepState
  best?: TrialEnd | null
  failuresInARow?: number
}) {
  const { sweep } = options
  const state = options.state ?? newSweepState(sweep)
  let best = options.best ?? null
  let failuresInARow = options.failuresInARow ?? 0
  let closed = false
  /** Whether the state is not what was told last. */
  let changed = options.state !== undefined

  const tell = () => {
    if (!changed) return
    changed = false
    upsertMemo({ sweep: state })
    setCurrentDetails(asMarkdown(state))
  }
  const hyperparametersOf = (number: number): TrialSummary['hyperparameters'] => {
    const { parameters, method, seed } = sweep
    const proposed = propose({ parameters, method, seed, number })
    if (proposed === null) throw new Error(`there is no trial ${number}`)
    return proposed
  }
  const isFailing = () => failuresInARow >= sweep.maxConsecutiveFailures
  const isOpen = () => !closed && !state.draining && !isFailing()

  const change = (facts: Partial<SweepState>) => {
    Object.assign(state, facts)
    changed = true
  }

  const enterOne = (end: TrialEnd) => {
    const { number } = end
    // Told twice, or found by a search as well.
    if (!state.running.includes(number)) return
    state.running = state.running.filter((each) => each !== number)
    state.counts[end.state] += 1
    const summary = summarizeTrial({ end, hyperparameters: hyperparametersOf(number) })
    state.billableSeconds += summary.billableSeconds
    if (end.state === 'failed') {
      failuresInARow += 1
      state.failures = [summary, ...state.failures].slice(0, failuresKept)
    }
    if (end.state !== 'completed') return
    failuresInARow = 0
    state.top = rank({ goal: sweep.metric.goal, trials: [...state.top, summary] }).slice(0, topSize)
    if (state.top[0]?.number !== number) return
    best = end
    if (end.score !== null)
      upsertSearchAttributes([{ key: searchAttributes.score, value: end.score }])
  }

  return {
    state,
    tell,
    /** Whether something was said, by a signal, since the last `tell`. */
    isNews: () => changed,
    begin(stage: SweepStage) {
      change({ stage })
      upsertSearchAttributes([{ key: searchAttributes.stage, value: stage }])
      tell()
    },
    opened(site: RunSite) {
      change({ prefix: site.run })
    },
    enter(ends: TrialEnd[]) {
      if (ends.length === 0) return
      ends.forEach(enterOne)
      changed = true
    },
    /** Numbers of the trials to start now; from here on they count as started. */
    take(): number[] {
      const { paused, parallel, running, trials, counts } = state
      if (paused || !isOpen()) return []
      const free = Math.min(startedAtOnce, parallel - running.length)
      const due = Math.max(0, Math.min(free, trials - counts.started))
      const numbers = Array.from({ length: due }, (_, index) => counts.started + index + 1)
      if (due > 0) {
        counts.started += due
        change({ running: [...running, ...numbers] })
      }
      return numbers
    },
    isDone: () => state.running.length === 0 && (!isOpen() || state.counts.started >= state.trials),
    hyperparametersOf,
    pipelineWith: (proposed: TrialSummary['hyperparameters']) =>
      pipelineWith(sweep.pipeline, proposed),
    /**
     * The trial to be published; null when the sweep was drained before one had completed. Fails the
     * sweep when there is none because of errors.
     */
    bestTrial(): TrialEnd | null {
      const [failure] = state.failures
      const lastError = failure?.error ? `; the last: ${failure.error.message}` : ''
      if (isFailing() && (best === null || state.counts.started < state.trials)) {
        return failRun({
          code: 'E_SWEEP_FAILING',
          message: `${failuresInARow} trials in a row failed${lastError}`,
          hint: 'see `holdfast sweep show`; maxConsecutiveFailures sets how many are too many',
        })
      }
      if (best === null && state.counts.started > 0) {
        return failRun({
          code: 'E_NO_TRIAL_COMPLETED',
          message: `none of ${state.counts.started} trials completed${lastError}`,
          hint: 'see `holdfast sweep show`',
        })
      }
      return best
    },
    pause: () => change({ paused: true }),
    resume: () => change({ paused: false }),
    extendTo(total: number) {
      if (closed) return
      const trials = Math.max(state.counts.started, Math.min(total, state.mostTrials))
      change({ trials, draining: false })
    },
    setParallel: (slots: number) => change({ parallel: Math.max(1, Math.min(slots, maxParallel)) }),
    drain: () => change({ draining: true }),
    /** For good: no trial is started any more. */
    close() {
      closed = true
    },
    releasing(workflowId: string) {
      change({ bestRun: workflowId })
      tell()
    },
    released: ({ outcome, published }: { outcome: RunOutcome; published: Published | null }) =>
      change({ bestOutcome: outcome, published }),
    failed: (error: RunError | null) => change({ error }),
    ended(how: Exclude<SweepOutcome, 'running'>) {
      upsertSearchAttributes([{ key: searchAttributes.stage, value: how }])
      changed = true
      tell()
    },
    fed(fed: FedRun) {
      change({ fed })
      tell()
    },
    carried: () => ({ state, best, failuresInARow }),
  }
}

function asMarkdown(state: SweepState): string {
  const { metric, counts, running, trials, top, published } = state
  const lines = top
    .slice(0, 10)
    .map(
      ({ number, score, hyperparameters }, index) =>
        `${index + 1}. trial ${number}: **${score}** \`${JSON.stringify(hyperparameters)}\``,
    )
  return [
    `${counts.completed} completed, ${counts.failed} failed, ${running.length} running, of ${trials}; ${metric.goal} \`${metric.name}\``,
    ...lines,
    published ? `\nPublished as version ${published.version}.` : '',
    state.error ? `\n**${state.error.code}** ${state.error.message}` : '',
  ].join('\n')
}
