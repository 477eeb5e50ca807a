import type { JobKey } from '../src/aws/status-source'
import type { JobSnapshot } from '../src/job'
import type { Dependencies } from './dependencies'

/** One look, now, for who was told that the job has changed. Null when it tells nothing: the poll goes on. */
export async function lookAtJob(deps: Dependencies, job: JobKey): Promise<JobSnapshot | null> {
  const found = await deps.status.describe({ ...job, first: true })
  return found === 'busy' ? null : found
}
