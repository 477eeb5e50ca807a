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
  const every = Math.max(500, (activityInfo().heartbeatTimeoutMs ?? 10_000) / 4)
  const timer = setInterval(
    () => heartbeat(counted ? { ...counted, doing: details } : details),
    every,
  )
  try {
    return await work({
      signal: cancellationSignal(),
      report: (next) => {
        details = next
      },
    })
  } finally {
    clearInterval(timer)
  }
}
