import { ApplicationFailure } from '@temporalio/common'

import { cutSecrets } from '../src/config/secrets'
import { messageOf } from '../src/errors'
import { isTerminal, type FrozenJob } from '../src/job'
import type { RunSite } from '../src/run-site'
import { accessProblem } from './failure'
import { ageSeconds } from './age-seconds'
import { ownerOf, type Dependencies } from './dependencies'
import { feedKilled } from './feed-killed'
import { jobService } from './job-service'
import { isOurs } from './create-job'
import type { Shown } from './shown-in-mlflow'

/** Seconds in which a create that was sent may still show up (stale reads, fault M5). */
const visibilityLag = 120

type Answer = 'stopping' | 'ended' | 'never created' | 'not ours'

export interface Stop {
  job: Pick<FrozenJob, 'kind' | 'jobName'>
  site: RunSite
}

/**
 * Asks the service to stop a job of ours. Nothing ends the tries but an answer: a job that has
 * ended, that was never accepted, that is a stranger's, or that the service is stopping.
 */
export async function stopJob(
  deps: Dependencies,
  options: Stop & {
    /** Where the run is shown that ends with this job; absent: nowhere, or it may go on. */
    feed?: Shown
  },
): Promise<Answer> {
  const { feed } = options
  const answer = await stop(deps, options)
  if (feed) await feedKilled(deps, feed)
  return answer
}

async function stop(deps: Dependencies, { job, site }: Stop): Promise<Answer> {
  const { jobName } = job
  const jobs = jobService({ ...deps, kind: job.kind })
  try {
    const found = await jobs.describe(jobName)
    if (found === null) {
      if (ageSeconds() > visibilityLag) return 'never created'
      throw notYet(`${jobName} is not known to the service; it may still show up`)
    }
    if (isTerminal(found)) return 'ended'
    if (!isOurs({ tags: await jobs.tags(found.arn), owner: ownerOf({ deps, site }) }))
      return 'not ours'
    // It may stay there for long (G17): to ask again would change nothing.
    if (found.status === 'Stopping') return 'stopping'
    await jobs.stop(jobName)
    return 'stopping'
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error
    // Also when it ended between the look and the stop (ValidationException, G13): the next look says so.
    throw notYet(`could not stop ${jobName}: ${cutSecrets(messageOf(error))}`, accessProblem(error))
  }
}

function notYet(message: string, access: ReturnType<typeof accessProblem> = null) {
  return ApplicationFailure.create({
    message,
    type: access?.type ?? 'E_STOP_PENDING',
    nextRetryDelay: access ? '30s' : '3s',
    ...(access && { details: [{ hint: access.hint }] }),
  })
}
