import { setMaxListeners } from 'node:events'

import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity'

import { countedDeaths } from './count-deaths'

/**
 * Beats while `work` runs, so that a dead worker is noticed and a cancel is heard. The last details
 * given to `report` are what people see as progress.
 */
export async function withHeartbeat<T>(
  work: (options: { signal: AbortSignal; report: (details: unknown) => void }) => Promise<T>,
): Promise<T> {
  let details: unknown
  const counted = countedDeaths()
  const signal = cancellationSignal()
  // Many requests at once listen to it, and each leaves when its socket closes: no leak, as Node would warn.
  setMaxListeners(0, signal)
  const every = Math.max(500, (activityInfo().heartbeatTimeoutMs ?? 10_000) / 4)
  const timer = setInterval(
    () => heartbeat(counted ? { ...counted, doing: details } : details),
    every,
  )
  try {
    return await work({
      signal,
      report: (next) => {
        details = next
      },
    })
  } finally {
    clearInterval(timer)
  }
}
