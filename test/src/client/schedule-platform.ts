import { setTimeout as sleep } from 'node:timers/promises'

import { Client } from '../../../src/client'
import type { ResolvedPipeline } from '../../../src/config/resolved-pipeline'
import type { ResolvedSchedule } from '../../../src/nightly-state'
import { pipeline as aPipeline } from '../plan/pipeline'
import { withTemporalServer } from '../temporal-server'

/** A Temporal server of a test file's own, with Holdfast's client and Temporal's. */
export const startSchedulePlatform = () =>
  withTemporalServer(async (server) => {
    const client = await Client.connect({ env: { ...process.env, ...server.platform.env } })
    server.atStop(() => client.close())
    return { ...server, client }
  })

/** Never of its own accord while the tests last. */
export const yearly: ResolvedSchedule = {
  cron: ['0 2 1 1 *'],
  timezone: 'UTC',
  jitter: 0,
  overlap: 'skip',
  catchupWindow: 12 * 3600,
  pauseOnFailure: false,
}

export function scheduled(
  name: string,
  changes: Partial<ResolvedSchedule> = {},
  pipeline: Partial<ResolvedPipeline> = {},
) {
  return {
    pipeline: { ...aPipeline, name, ...pipeline },
    schedule: { ...yearly, ...changes },
  }
}

export async function until<T>(
  look: () => Promise<T>,
  good: (found: T) => boolean,
  seconds = 60,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (good(found)) return found
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(found)}`)
    await sleep(100)
  }
}
