import { setTimeout as sleep } from 'node:timers/promises'

import { classifyAwsError, isConflict } from '../src/aws/classify-error'
import { HoldfastError } from '../src/errors'

/** Milliseconds between looks at something that was just accepted (stale reads, fault M5). */
const visibilityLag = [200, 500, 1_000, 2_000, 4_000]

/**
 * Makes a thing at most once, as `createJob` does: looks, creates, and after a conflict or any
 * ambiguous error looks again; what is there and ours is adopted.
 */
export async function makeOnce<Found>(options: {
  /** What it is for, in an error. */
  what: string
  find: () => Promise<Found | null>
  create: () => Promise<unknown>
  /** @throws when it is not ours */
  checkOurs: (found: Found) => void
}): Promise<Found> {
  const { what, find, create, checkOurs } = options
  const adopt = (found: Found): Found => {
    checkOurs(found)
    return found
  }
  const existing = await find()
  if (existing) return adopt(existing)
  try {
    await create()
  } catch (error) {
    if (classifyAwsError(error) !== 'ambiguous' && !isConflict(error)) throw error
    const found = await lookAgain(find)
    if (!found) throw error
    return adopt(found)
  }
  const made = await lookAgain(find)
  if (made) return adopt(made)
  throw new HoldfastError({
    code: 'E_JOB_NOT_YET_VISIBLE',
    what: `the service does not show what was created for ${what} yet`,
  })
}

async function lookAgain<Found>(find: () => Promise<Found | null>): Promise<Found | null> {
  for (const pause of visibilityLag) {
    const found = await find()
    if (found) return found
    await sleep(pause)
  }
  return find()
}
