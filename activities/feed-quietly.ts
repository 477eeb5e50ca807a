import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import { messageOf } from '../src/errors'
import { feedTurns } from '../src/feeds/feed-turns'
import type { Dependencies } from './dependencies'

/** Milliseconds: nothing that is paid for waits longer. */
const patience = 10_000
/** Of those, for a turn: meanwhile the worker has a place less for looks at jobs. */
const patienceForTurn = 3_000

/** Shows something in MLflow, if `pipeline` says so. A server that is down costs a line in the log. */
export async function feedQuietly(
  deps: Dependencies,
  options: {
    pipeline: ResolvedPipeline
    /** What cannot be shown then, for the log. */
    what: string
    work: (signal: AbortSignal) => Promise<unknown>
  },
): Promise<void> {
  const { pipeline, what, work } = options
  const { mlflow } = pipeline.feeds ?? {}
  if (!mlflow) return
  const signal = AbortSignal.timeout(patience)
  try {
    const turn = AbortSignal.any([signal, AbortSignal.timeout(patienceForTurn)])
    const done = await feedTurns(mlflow.trackingUri).take(turn)
    await work(signal).finally(done)
  } catch (error) {
    deps.log.warn({ what, error: messageOf(error) }, 'could not be shown in MLflow')
  }
}
