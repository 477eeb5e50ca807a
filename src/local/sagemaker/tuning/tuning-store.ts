/** One JSON file per tuning job under `<dataDir>/sagemaker/tuning/`, written before anything is answered. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../../errors'
import { ignoreMissing, writeDurably } from '../jobs/durable-file'
import type { JobLogger } from '../jobs/logger'
import type { TuningRecord } from './tuning-job'

export interface TuningStore {
  get(name: string): TuningRecord | undefined
  list(): TuningRecord[]
  /** Resolves when the record is on disk; only then do `get` and `list` show it. */
  put(record: TuningRecord): Promise<void>
}

export async function openTuningStore(options: {
  folder: string
  logger: JobLogger
}): Promise<TuningStore> {
  const { folder, logger } = options
  const records = new Map<string, TuningRecord>()
  const files = (await readdir(folder).catch(ignoreMissing)) ?? []
  for (const file of files.filter((name) => name.endsWith('.json'))) {
    try {
      const record = JSON.parse(await readFile(join(folder, file), 'utf8')) as TuningRecord
      records.set(keyOf(record.name), record)
    } catch (error) {
      logger.error({ file, error: messageOf(error) }, 'a tuning job is not readable; left alone')
    }
  }
  return {
    get: (name) => records.get(keyOf(name)),
    list: () => [...records.values()],
    async put(record) {
      const file = join(folder, `${keyOf(record.name)}.json`)
      await writeDurably({ file, text: JSON.stringify(record) })
      records.set(keyOf(record.name), record)
    },
  }
}

/** API reference: the name of a tuning job is not case sensitive. */
function keyOf(name: string): string {
  return name.toLowerCase()
}
