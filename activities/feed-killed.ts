import type { Dependencies } from './dependencies'
import { feedQuietly } from './feed-quietly'
import { shownInMlflow, type Shown } from './shown-in-mlflow'

/**
 * Ends a run of MLflow as killed, if there is one. Its pipeline tells the rest; when that was
 * terminated, nobody does.
 */
export async function feedKilled(deps: Dependencies, feed: Shown): Promise<void> {
  const { pipeline, run } = feed
  await feedQuietly(deps, {
    pipeline,
    what: run,
    async work(signal) {
      const shown = shownInMlflow({ deps, pipeline, signal })
      const found = await shown?.find({ run })
      if (shown && found?.isRunning)
        await shown.mlflow.endRun(found, { status: 'KILLED', endedAt: Date.now() })
    },
  })
}
