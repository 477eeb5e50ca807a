import { pricePipeline, withoutPrices } from '../prices/price-pipeline'
import { regionsNamedBy } from '../regions/in-region'
import { searchAttributes, startAttributes } from '../search-attributes'
import { newSweepState } from '../sweep/new-sweep-state'
import type { ResolvedSweep } from '../sweep/resolved-sweep'
import { findId } from './find-id'
import { idOf } from './id-of'
import type { Session } from './session'
import { startOnce } from './start-once'
import { sweepHandle, type SweepHandle } from './sweep-handle'
import { listSweeps, type SweepSummary } from './sweep-list'

export type StartedSweep = SweepHandle & {
  /** False when the same resolved sweep was running already: the handle is that sweep's. */
  created: boolean
}

/**
 * Starts and follows sweeps.
 *
 * @example
 * const { sweep } = await loadSweep({ path: 'sweep.yaml' })
 * const search = await client.sweep.run(sweep)
 * for await (const event of search.events()) console.log(event)
 * const [best] = await search.trials()
 */
export interface Sweeps {
  /**
   * Starts a sweep, or finds the one that is already running, as `Client.run` does.
   *
   * @param options.new start another sweep even while one is running
   */
  run(sweep: ResolvedSweep, options?: { new?: boolean }): Promise<StartedSweep>
  /** A sweep by its id, by an unambiguous beginning of it, or by `-` for the newest. */
  get(idOrPrefix: string): Promise<SweepHandle>
  /** Newest first. */
  list(options?: { limit?: number }): Promise<SweepSummary[]>
}

export function sweepsOf(session: Session): Sweeps {
  return {
    run: async (given, options = {}) => {
      const { name } = given
      const pipeline = pricePipeline({
        pipeline: given.pipeline,
        prices: await session.prices(regionsNamedBy(given.pipeline)),
      })
      const sweep = { ...given, pipeline }
      const unpriced = { ...given, pipeline: withoutPrices(pipeline) }
      const { id, created } = await startOnce({
        session,
        workflowType: 'sweep',
        base: idOf(unpriced),
        input: { sweep },
        ...options,
        // Told from the beginning, so that it can be read before a worker has seen the sweep.
        memo: { sweep: newSweepState(sweep), startedAt: new Date().toISOString() },
        searchAttributes: (id) => [
          ...startAttributes({ pipeline, stage: 'prepare' }),
          { key: searchAttributes.sweepId, value: id },
        ],
        staticSummary: `${name}: ${sweep.runCap} trials of ${pipeline.name}, ${sweep.parallel} at a time`,
      })
      return { ...sweepHandle({ id, session }), created }
    },
    get: async (idOrPrefix) => {
      const id = await findId({ idOrPrefix, session, noun: 'sweep' })
      return sweepHandle({ id, session })
    },
    list: (options = {}) => listSweeps({ session, ...options }),
  }
}
