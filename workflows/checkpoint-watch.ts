import { isCancellation } from '@temporalio/workflow'

import type { CheckpointRecord } from '../src/checkpoint-record'
import type { RunSite } from '../src/run-site'
import type { Attempt } from '../src/run-state'
import { glance } from './options'

/** All attempts write one journal; what was in it before is not this attempt's. */
export async function checkpointWatch(options: {
  attempt: Attempt
  uri: string | null
  site: RunSite
}) {
  const { attempt, uri, site } = options
  const before = await journalOf(uri, site)
  /** What is to be learnt from the journal as it is now. */
  const since = (now: CheckpointRecord | null): Partial<Attempt> => {
    if (now && now.lastSavedStep > 0) attempt.lastSavedStep = now.lastSavedStep
    if (!now || !before || now.starts <= before.starts) return {}
    const { resumedFromStep, stepsLost } = now
    return { resumedFromStep, stepsLost: stepsLost - before.stepsLost }
  }
  return {
    since,
    async read(learn: (facts: Partial<Attempt>) => void) {
      const facts = since(await journalOf(uri, site))
      if (Object.keys(facts).length > 0) learn(facts)
    },
  }
}

/** Only numbers for people: a journal that cannot be read must not end a paid training. */
async function journalOf(
  checkpointUri: string | null,
  site: RunSite,
): Promise<CheckpointRecord | null> {
  if (checkpointUri === null) return null
  try {
    return await glance.readCheckpointJournal({ checkpointUri, site })
  } catch (error) {
    if (isCancellation(error)) throw error
    return null
  }
}
