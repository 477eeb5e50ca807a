import { setTimeout as sleep } from 'node:timers/promises'

import { classifyAwsError, isNotThere } from '../src/aws/classify-error'
import { isTerminal, type JobKind } from '../src/job'
import type { Dependencies } from './dependencies'
import { jobService } from './job-service'

/**
 * Asks the service to stop a job; done also when the job has ended, or was never accepted.
 * A create that was cancelled in mid-flight may still be accepted, hence more than one look.
 */
export async function stopJob(
  deps: Dependencies,
  options: { kind: JobKind; jobName: string },
): Promise<'stopping' | 'ended' | 'never created'> {
  const { kind, jobName } = options
  const jobs = jobService({ sagemaker: deps.sagemaker, kind })
  for (const pause of [1_000, 2_000, 4_000, 0]) {
    const job = await jobs.describe(jobName)
    if (job && isTerminal(job)) return 'ended'
    if (job) {
      try {
        await jobs.stop(jobName)
        return 'stopping'
      } catch (error) {
        // It ended between the look and the stop: AWS answers ValidationException (G13).
        if (classifyAwsError(error) !== 'invalid' && !isNotThere(error)) throw error
      }
    }
    await sleep(pause)
  }
  return 'never created'
}
