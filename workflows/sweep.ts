import {
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  condition,
  ContinueAsNew,
  defineSignal,
  executeChild,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  ParentClosePolicy,
  patched,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow'

import type { Uploaded } from '../activities/upload'
import { hasDataset } from '../src/config/has-dataset'
import type { Revision } from '../src/nightly-state'
import type { RunSite } from '../src/run-site'
import type { FedRun } from '../src/run-state'
import { searchAttributes, startAttributes } from '../src/search-attributes'
import type { ResolvedSweep } from '../src/sweep/resolved-sweep'
import {
  bestRunId,
  type SweepOutcome,
  type SweepState,
  type TrialEnd,
} from '../src/sweep/sweep-state'
import { endingOf, failRun, runErrorOf } from './failures'
import { control, heavy, sealing } from './options'
import { pipeline } from './pipeline'
import { sweepBoard, type SweepBoard } from './sweep-board'
import { trialsUnderWay, type TrialsUnderWay } from './trials-under-way'

export interface SweepInput {
  sweep: ResolvedSweep
  /** What the run before this one knew, when this one continues it. */
  carried?: Carried
}

type SweepWorkflow = (input: SweepInput) => Promise<SweepState>

/** Everything a sweep is besides its input: it starts anew now and then, with trials under way. */
interface Carried extends Ready {
  state: SweepState
  best: TrialEnd | null
  failuresInARow: number
}

/** What all trials share, made once. */
interface Ready {
  site: RunSite
  inputs: Uploaded
  revision: Revision
}

/** No more trials are started. */
export const pause = defineSignal('pause')
export const resume = defineSignal('resume')
/** Trials in all; absolute, so that a signal sent twice does no harm. */
export const extendTo = defineSignal<[number]>('extendTo')
export const setParallel = defineSignal<[number]>('setParallel')
/** No more trials are started; those under way end, and the best is published. */
export const drain = defineSignal('drain')

/** Trials started by one run of this workflow: at most some 3,500 events; Temporal warns at 10,240. */
const trialsPerRun = 250
/** Between two searches for trials that ended without a word, as a terminated one does. */
const searchEvery = '10m'

/**
 * propose → train, so many at a time → the best: evaluate → gate → publish.
 *
 * We continue as new every few hundred trials, with trials under way. A slot is free when its trial's
 * job has ended, not before. A trial that fails is recorded and the sweep goes on. Cancelled, it
 * stops every trial first.
 */
export async function sweep({ sweep, carried }: SweepInput): Promise<SweepState> {
  const { workflowId: sweepId } = workflowInfo()
  const board = sweepBoard({ sweep, ...carried })
  const trials = trialsUnderWay({ sweepId })
  setHandler(pause, () => board.pause())
  setHandler(resume, () => board.resume())
  setHandler(extendTo, (total) => board.extendTo(total))
  setHandler(setParallel, (slots) => board.setParallel(slots))
  setHandler(drain, () => board.drain())

  let ready: Ready | undefined = carried
  const finish = async (how: Exclude<SweepOutcome, 'running'>): Promise<SweepState> => {
    board.ended(how)
    if (!ready) return board.state
    const fed = await sealQuietly({ site: ready.site, sweep, state: board.state, outcome: how })
    if (fed && patched('sweeps-are-shown')) board.fed(fed)
    return board.state
  }

  try {
    ready ??= await prepare({ sweep, board })
    await runTrials({ sweepId, sweep, board, trials, ready })
    const best = board.bestTrial()
    if (best && sweep.publishBest) await publishBest({ sweepId, sweep, board, ready, best })
    return await finish(board.state.bestOutcome === 'rejected' ? 'rejected' : 'completed')
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error
    const { cancelled, failure } = endingOf(error)
    if (ready) await stopTrials({ board, trials, site: ready.site })
    board.failed(cancelled ? null : runErrorOf(error))
    await finish(cancelled ? 'stopped' : 'failed')
    throw failure
  }
}

/** The dataset and the code, once for all trials. */
async function prepare(options: { sweep: ResolvedSweep; board: SweepBoard }): Promise<Ready> {
  const { sweep, board } = options
  const { pipeline } = sweep
  const { workflowId: runId, firstExecutionRunId: firstRunId } = workflowInfo()
  board.begin('prepare')
  const site = await control.openRun({
    ...{ runId, firstRunId, pipeline, folder: 'sweeps' },
    needsChampion: sweep.publishBest,
    ...(pipeline.feeds?.mlflow && { sweep }),
  })
  board.opened(site)
  const revision = await heavy.resolveRevision({ pipeline })
  const prepared = hasDataset(pipeline) ? await heavy.preprocess({ site, pipeline }) : null
  const inputs = await heavy.upload({ site, pipeline, prepared, revision })
  board.begin('trials')
  return { site, inputs, revision }
}

interface Sweeping {
  board: SweepBoard
  trials: TrialsUnderWay
}

/** A window of trials that slides over all of them; returns when the last has ended. */
async function runTrials(
  options: Sweeping & { sweepId: string; sweep: ResolvedSweep; ready: Ready },
): Promise<void> {
  const { sweepId, sweep, board, trials, ready } = options
  const start = (number: number) => {
    const hyperparameters = board.hyperparametersOf(number)
    const pipeline = board.pipelineWith(hyperparameters)
    const { site: sweepSite, inputs } = ready
    const metric = sweep.metric.name
    const input = { sweepId, sweepSite, number, pipeline, hyperparameters, inputs, metric }
    return trials.start({ input, sweep: sweep.name })
  }
  const search = new CancellationScope()
  void search.run(() => searchNowAndThen({ board, trials, site: ready.site }))
  let startedHere = 0
  const isLong = () => startedHere >= trialsPerRun || workflowInfo().continueAsNewSuggested
  try {
    for (;;) {
      board.enter(trials.takeEnds())
      // A cancel is not carried over to the next run, and while trials are started nothing hears it.
      if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('stopped')
      if (board.isDone()) break
      if (isLong()) {
        board.enter(trials.takeAllEnds())
        await continueAs({ sweep, carried: { ...ready, ...board.carried() } })
      }
      const due = board.take()
      board.tell()
      if (due.length > 0) {
        await startAll(due.map(start))
        startedHere += due.length
      } else {
        await condition(() => trials.hasEnds() || board.isNews() || isLong())
      }
    }
    board.close()
    board.tell()
  } finally {
    search.cancel()
  }
}

/** All are tried, though one of them fails: whoever stops trials must know which there are. */
async function startAll(starts: Promise<void>[]): Promise<void> {
  for (const start of await Promise.allSettled(starts))
    if (start.status === 'rejected') throw start.reason
}

/** With the memo as it is: Temporal would give the next run the one that the first was started with. */
async function continueAs(input: SweepInput): Promise<never> {
  const memo = { ...workflowInfo().memo, sweep: input.carried?.state }
  return makeContinueAsNewFunc<SweepWorkflow>({ memo })(input)
}

/** evaluate → gate → publish, as a run that can be looked at like any other. */
async function publishBest(options: {
  sweepId: string
  sweep: ResolvedSweep
  board: SweepBoard
  ready: Ready
  best: TrialEnd
}): Promise<void> {
  const { sweepId, sweep, board, ready, best } = options
  const workflowId = bestRunId(sweepId)
  board.begin('best')
  board.releasing(workflowId)
  const from = `trial ${best.number} of ${sweepId}`
  try {
    const { outcome, state } = await executeChild(pipeline, {
      workflowId,
      args: [
        {
          pipeline: board.pipelineWith(board.hyperparametersOf(best.number)),
          // Not what the pipeline's own config says: a night that follows it finds it changed.
          revision: { ...ready.revision, config: `${ready.revision.config}, ${from}` },
          candidate: {
            inputs: ready.inputs,
            attempts: best.attempts,
            artifactUri: best.artifactUri ?? '',
            from,
          },
        },
      ],
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      typedSearchAttributes: [
        ...startAttributes({ pipeline: sweep.pipeline, stage: 'preprocess' }),
        { key: searchAttributes.sweepId, value: sweepId },
      ],
      staticSummary: `${sweep.name}: evaluate → gate → publish ${from}`,
    })
    board.released({ outcome, published: state.published })
  } catch (error) {
    const cancelled = isCancellation(error)
    board.released({ outcome: cancelled ? 'cancelled' : 'failed', published: null })
    if (cancelled && !CancellationScope.current().consideredCancelled) {
      failRun({
        code: 'E_STOPPED',
        message: 'somebody cancelled the run of the best trial',
        where: workflowId,
        hint: 'its artifact is kept; see `holdfast sweep show`',
      })
    }
    throw error
  }
}

/** A trial that was terminated tells nobody. */
async function searchNowAndThen({
  board,
  trials,
  site,
}: Sweeping & { site: RunSite }): Promise<void> {
  try {
    for (;;) {
      // A sweep that is paused for weeks does nothing.
      await condition(() => board.state.running.length > 0)
      await condition(trials.hasLost, searchEvery)
      await trials.search({ site, numbers: board.state.running })
      // The job of a lost trial takes a while to stop.
      if (trials.hasLost()) await sleep('15s')
    }
  } catch (error) {
    if (!isCancellation(error)) throw error
  }
}

/** Cancels every trial, and waits until each has ended. */
async function stopTrials({ board, trials, site }: Sweeping & { site: RunSite }): Promise<void> {
  board.close()
  await CancellationScope.nonCancellable(async () => {
    for (;;) {
      await trials.cancel(board.state.running)
      const patience = Date.now() + 60_000
      do {
        board.enter(trials.takeEnds())
        board.tell()
        if (board.state.running.length === 0) return
      } while (await condition(trials.hasEnds, Math.max(1, patience - Date.now())))
      await trials.search({ site, numbers: board.state.running })
    }
  })
}

/** Resolves to where the sweep is shown besides, or why it is not; null: nowhere. */
async function sealQuietly(input: Parameters<typeof sealing.sealSweep>[0]): Promise<FedRun | null> {
  return CancellationScope.nonCancellable(async () => {
    try {
      return await sealing.sealSweep(input)
    } catch (error) {
      log.warn('the manifest of the sweep could not be written', { error })
      return null
    }
  })
}
