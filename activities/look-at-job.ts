import { setTimeout as sleep } from 'node:timers/promises'

import type { JobKey } from '../src/aws/status-source'
import { isNews, type JobSnapshot, type KnownOfJob } from '../src/job'
import type { RunSite } from '../src/run-site'
import type { Dependencies } from './dependencies'
import { withJournal } from './read-checkpoint-journal'

/** Milliseconds for the journal of the checkpoints, inside a workflow task. */
const journalWithin = 1_500

/** Milliseconds after which a look that shows no change is repeated: Describe may lag behind an event (fault M5). */
const lag = 1_500

/** One look, now, for who was told that the job has changed. Null when it tells nothing: the poll goes on. */
export async function lookAtJob(
  deps: Dependencies,
  options: JobKey & {
    known?: KnownOfJob
    /** As of `pollJob`. */
    checkpointUri?: string
    /** Where the job is. */
    site: RunSite
  },
): Promise<JobSnapshot | null> {
  const { kind, jobName, known, checkpointUri } = options
  const look = () => deps.status.describe({ kind, jobName, first: true })
  let job = await look()
  if (known && (job === null || (job !== 'busy' && !isNews(job, known)))) {
    await sleep(lag)
    job = await look()
  }
  if (job === 'busy' || job === null) return null
  if (!known || !isNews(job, known)) return job
  return withJournal(deps, { job, checkpointUri, withinMs: journalWithin })
}
