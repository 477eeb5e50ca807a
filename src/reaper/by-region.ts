import { regionNamedBy } from '../regions/strangers-in'
import type { PaidJob } from './judged-job'

/** Jobs by the region that their ARN names; one whose ARN names none is of `own`. */
export function byRegion<Job extends Pick<PaidJob, 'arn'>>(
  jobs: readonly Job[],
  own: string,
): Map<string, Job[]> {
  const found = new Map<string, Job[]>()
  for (const job of jobs) {
    const region = regionNamedBy(job.arn) ?? own
    found.set(region, [...(found.get(region) ?? []), job])
  }
  return found
}
