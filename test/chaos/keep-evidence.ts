import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Violation } from './auditor/audit'
import type { ChaosPlatform } from './chaos-platform'

/** Copies the logs, the jobs' records, and the histories of runs that broke an invariant. */
export async function keepEvidence(options: {
  chaos: ChaosPlatform
  violations: Violation[]
  folder: string
}): Promise<void> {
  const { chaos, violations, folder } = options
  mkdirSync(folder, { recursive: true })
  cpSync(join(chaos.dataDir, 'logs'), join(folder, 'logs'), { recursive: true })
  cpSync(join(chaos.folder, 'logs'), join(folder, 'logs'), { recursive: true })
  writeFileSync(join(folder, 'violations.json'), JSON.stringify(violations, null, 2))
  for (const id of new Set(violations.map(({ run }) => run))) {
    const handles = [id, `${id}/training`].map((each) => chaos.temporal.workflow.getHandle(each))
    const histories = await Promise.all(
      handles.map((handle) => handle.fetchHistory().catch(() => null)),
    )
    writeFileSync(join(folder, `${id}.json`), JSON.stringify(histories, null, 2))
  }
}
