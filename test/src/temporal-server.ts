import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Client as TemporalClient, Connection } from '@temporalio/client'

import { startPlatform, type Platform } from '../../src/local/platform'

export interface TemporalServer {
  platform: Platform
  dataDir: string
  address: string
  temporal: TemporalClient
  /** What `stop` ends before all that was started earlier. */
  atStop: (end: () => Promise<void>) => void
  stop: () => Promise<void>
}

/**
 * A Temporal server of a test's own, and what `make` puts on it: all of it or nothing, for what has been
 * started is stopped when the rest fails.
 *
 * @example
 * const { temporal, stop } = await withTemporalServer((server) => Promise.resolve(server))
 */
export async function withTemporalServer<T>(
  make: (server: TemporalServer) => Promise<T>,
): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-temporal-'))
  /** The last first. */
  const ends = [() => rm(dataDir, { recursive: true, force: true })]
  const atStop = (end: () => Promise<void>) => void ends.unshift(end)
  const stop = async () => {
    for (const end of ends.splice(0)) await end()
  }
  try {
    const platform = await startPlatform({ dataDir, services: ['temporal'], temporalUi: false })
    atStop(() => platform.stop())
    const address = platform.env['TEMPORAL_ADDRESS'] ?? ''
    const connection = await Connection.connect({ address, connectTimeout: '60s' })
    atStop(() => connection.close())
    const temporal = new TemporalClient({ connection })
    return await make({ platform, dataDir, address, temporal, atStop, stop })
  } catch (error) {
    await stop()
    throw error
  }
}
