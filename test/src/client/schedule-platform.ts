import { setTimeout as sleep } from 'node:timers/promises'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Client as TemporalClient, Connection } from '@temporalio/client'

import { Client } from '../../../src/client'
import type { ResolvedPipeline } from '../../../src/config/resolved-pipeline'
import { startPlatform } from '../../../src/local/platform'
import type { ResolvedSchedule } from '../../../src/nightly-state'
import { pipeline as aPipeline } from '../plan/pipeline'

/** A Temporal server of a test file's own, with Holdfast's client and Temporal's. */
export async function startSchedulePlatform() {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-schedules-'))
  /** What has been started so far, the last first. */
  const ends: (() => Promise<void> | void)[] = [
    () => rmSync(dataDir, { recursive: true, force: true }),
  ]
  const stop = async () => {
    for (const end of ends.splice(0)) await end()
  }
  try {
    const platform = await startPlatform({ dataDir, services: ['temporal'], temporalUi: false })
    ends.unshift(() => platform.stop())
    const address = platform.env['TEMPORAL_ADDRESS'] ?? ''
    const client = await Client.connect({ env: { ...process.env, ...platform.env } })
    ends.unshift(() => client.close())
    const connection = await Connection.connect({ address, connectTimeout: '60s' })
    ends.unshift(() => connection.close())
    return { platform, address, client, temporal: new TemporalClient({ connection }), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

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
