import { setTimeout as sleep } from 'node:timers/promises'

import type { Published, RunError } from '../run-state'
import { isBetter } from '../sweep/rank'
import type { SweepOutcome, SweepStage, SweepStatus, TrialSummary } from '../sweep/sweep-state'
import type { SeenTrial } from './sweep-trials'

export type SweepEvent =
  | { type: 'stage'; stage: SweepStage }
  | { type: 'trialStarted'; number: number; hyperparameters: TrialSummary['hyperparameters'] }
  | { type: 'trialEnded'; trial: TrialSummary }
  /** Its score is better than that of every trial that ended before it. */
  | { type: 'best'; trial: TrialSummary }
  | { type: 'paused' | 'resumed' }
  | { type: 'published'; published: Published }
  | { type: 'ended'; state: SweepOutcome; error: RunError | null }

/** Milliseconds between two looks, at least. */
const period = 1_000
/** A look at thousands of trials takes its time: looking takes at most this share of all time. */
const share = 1 / 4
/** Milliseconds: Temporal's list of trials comes a little after what the sweep says of them. */
const patience = 15_000

/**
 * A sweep as it happens, from its beginning: each trial's end is told once, however many there are
 * between two looks. Ends with the sweep, or when `signal` is aborted.
 */
export async function* sweepEvents(options: {
  readStatus: () => Promise<SweepStatus>
  readTrials: () => Promise<SeenTrial[]>
  signal?: AbortSignal
}): AsyncGenerator<SweepEvent> {
  const { readStatus, readTrials, signal } = options
  const teller = sweepTeller()
  let lastLook: number | undefined
  while (!signal?.aborted) {
    const began = Date.now()
    const status = await readStatus()
    const over = status.state !== 'running'
    if (over) lastLook ??= began + patience
    const trials = over || teller.lacks(status) ? await readTrials() : []
    const final = over && Date.now() > (lastLook ?? 0)
    yield* teller.tell({ status, trials, final })
    if (teller.hasEnded()) return
    const pause = Math.max(period, (Date.now() - began) / share)
    await sleep(pause, undefined, { signal }).catch(() => undefined)
  }
}

/** Remembers what was told, and finds what is new in the next look. */
export function sweepTeller() {
  const begun = new Set<number>()
  const ended = new Set<number>()
  const stages: SweepStage[] = []
  let best: TrialSummary | undefined
  let paused = false
  let published = false
  let over = false

  /** Whether the sweep knows of more than was told. */
  const lacks = ({ counts }: SweepStatus): boolean =>
    begun.size < counts.started || ended.size < endsOf(counts)

  function* begin({ number, hyperparameters }: TrialSummary): Generator<SweepEvent> {
    if (begun.has(number)) return
    begun.add(number)
    yield { type: 'trialStarted', number, hyperparameters }
  }

  function* newTrials(goal: 'minimize' | 'maximize', seen: SeenTrial[]): Generator<SweepEvent> {
    for (const { trial } of inOrderOfEnds(seen.filter(({ trial }) => !ended.has(trial.number)))) {
      yield* begin(trial)
      ended.add(trial.number)
      yield { type: 'trialEnded', trial }
      const { state, score } = trial
      if (state !== 'completed' || !isBetter({ goal, score, than: best?.score ?? null })) continue
      best = trial
      yield { type: 'best', trial }
    }
    for (const { trial, told } of seen) if (told && trial.state === 'running') yield* begin(trial)
  }

  function* newStages(upTo: SweepStage): Generator<SweepEvent> {
    for (const stage of ['prepare', 'trials', 'best'] as const) {
      if (!stages.includes(stage)) {
        stages.push(stage)
        yield { type: 'stage', stage }
      }
      if (stage === upTo) return
    }
  }

  /** `final`: what is lacking now will not come any more. */
  function* tell(look: {
    status: SweepStatus
    trials: SeenTrial[]
    final: boolean
  }): Generator<SweepEvent> {
    const { status, trials, final } = look
    yield* newStages(status.stage === 'prepare' ? 'prepare' : 'trials')
    yield* newTrials(status.metric.goal, trials)
    if (status.paused !== paused) {
      paused = status.paused
      yield { type: paused ? 'paused' : 'resumed' }
    }
    // The trials' ends come before what follows them.
    if (ended.size < endsOf(status.counts) && !final) return
    yield* newStages(status.stage)
    if (status.published && !published) {
      published = true
      yield { type: 'published', published: status.published }
    }
    if (status.state === 'running') return
    over = true
    yield { type: 'ended', state: status.state, error: status.error }
  }

  return { lacks, tell, hasEnded: () => over }
}

function endsOf({ completed, failed, stopped }: SweepStatus['counts']): number {
  return completed + failed + stopped
}

function inOrderOfEnds(seen: SeenTrial[]): SeenTrial[] {
  const when = ({ closedAt }: SeenTrial) => closedAt ?? Number.POSITIVE_INFINITY
  return seen
    .filter(({ trial }) => trial.state !== 'running')
    .sort((a, b) => {
      const [first, second] = [when(a), when(b)]
      return first === second ? a.trial.number - b.trial.number : first < second ? -1 : 1
    })
}
