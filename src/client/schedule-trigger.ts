import { setTimeout as sleep } from 'node:timers/promises'

import type { ScheduleDescription, ScheduleHandle } from '@temporalio/client'

export interface Triggered {
  /** `asked`: Temporal has not yet said what became of it. */
  outcome: 'started' | 'skipped' | 'buffered' | 'asked'
  /** Id of the nightly workflow; null unless started. */
  workflow: string | null
}

/** Milliseconds: Temporal says it in a moment, unless it has a lot to do. */
const patience = 30_000

/** Fires a schedule now, and looks for a while what became of it. */
export async function triggerSchedule({ handle }: { handle: ScheduleHandle }): Promise<Triggered> {
  const before = await handle.describe()
  const known = new Set(started(before))
  // Without it the SDK would let it run beside the one before, whatever the schedule says.
  await handle.trigger(before.policies.overlap)
  for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(150)) {
    const now = await handle.describe()
    const workflow = started(now).find((id) => !known.has(id))
    if (workflow !== undefined) return { outcome: 'started', workflow }
    if (now.info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap)
      return { outcome: 'skipped', workflow: null }
    if (buffered(now) > buffered(before)) return { outcome: 'buffered', workflow: null }
  }
  return { outcome: 'asked', workflow: null }
}

function started({ info }: ScheduleDescription): string[] {
  return info.recentActions.map(({ action }) => action.workflow.workflowId)
}

function buffered({ raw }: ScheduleDescription): number {
  return Number(raw.info?.bufferSize ?? 0)
}
