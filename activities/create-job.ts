import { setTimeout as sleep } from 'node:timers/promises'

import { classifyAwsError, isConflict } from '../src/aws/classify-error'
import { ownerTag, sha256, type Owner } from '../src/aws/names'
import { wrongBytes } from '../src/aws/storage'
import { HoldfastError } from '../src/errors'
import type { FrozenJob } from '../src/job'
import type { RunSite } from '../src/run-site'
import { ownerOf, storageOf, type Dependencies } from './dependencies'
import { resolveReferences } from './resolve-references'
import { jobService, type DescribedJob, type JobService } from './job-service'

export interface CreatedJob {
  arn: string
  /** True when the job was there already: an earlier try had been accepted though its reply was lost. */
  adopted: boolean
  /** Which runner of a local platform runs it; `sagemaker` on the real service. */
  runner: string
}

/** Tag in which a local platform says how it runs a job. */
const runnerTag = 'holdfast-local:runner'

/** Milliseconds: a job just accepted may not be visible to Describe for a while (fault M5). */
const visibilityLag = [500, 1_000, 2_000, 4_000, 8_000]

/**
 * Milliseconds from the start of a try until its create must have been sent: with three tries of the
 * client it is over before the try's 60 s are, so that no forgotten try creates a job later.
 */
const sendBefore = 20_000

/**
 * Creates a job at most once. Looks first, sends the frozen request, and after a conflict *or any
 * ambiguous error* looks again: a job whose owner tag is ours is adopted; a stranger's is refused
 * and never touched.
 */
export async function createJob(
  deps: Dependencies,
  options: { job: FrozenJob; site: RunSite; afterPayment?: boolean },
): Promise<CreatedJob> {
  const { job, site } = options
  const startedAt = Date.now()
  const owner = ownerOf({ deps, site })
  const jobs = jobService({ ...deps, kind: job.kind })

  const existing = await jobs.describe(job.jobName)
  if (existing) return adopt({ deps, jobs, existing, owner, job })

  const request = resolveReferences({ request: await readFrozen(deps, job), env: deps.env })
  if (Date.now() - startedAt > sendBefore) throw notYetVisible(job.jobName)
  try {
    await jobs.create(request)
  } catch (error) {
    const kind = classifyAwsError(error)
    // A quota may be used up by the very job that an earlier try created and did not hear of.
    const certain = isConflict(error) || kind === 'quota'
    if (kind !== 'ambiguous' && !certain) throw error
    const found = await lookAgain({ jobs, jobName: job.jobName, certain })
    if (!found) throw isConflict(error) ? notYetVisible(job.jobName) : error
    deps.log.info({ jobName: job.jobName }, 'the reply to the create was lost; adopted the job')
    return adopt({ deps, jobs, existing: found, owner, job })
  }
  const created = await lookAgain({ jobs, jobName: job.jobName, certain: true })
  if (!created) throw notYetVisible(job.jobName)
  return {
    arn: created.arn,
    adopted: false,
    runner: (await jobs.tags(created.arn)).get(runnerTag) ?? 'sagemaker',
  }
}

async function readFrozen(deps: Dependencies, job: FrozenJob): Promise<object> {
  const storage = await storageOf(deps)
  const bytes = await storage.read(job.requestUri)
  const actual = sha256(bytes)
  if (actual !== job.sha256) throw wrongBytes({ uri: job.requestUri, expected: job.sha256, actual })
  return JSON.parse(bytes.toString('utf8')) as object
}

async function lookAgain(options: {
  jobs: JobService
  jobName: string
  certain: boolean
}): Promise<DescribedJob | null> {
  const { jobs, jobName, certain } = options
  // An ambiguous error may also mean that nothing was accepted: two looks are enough then, since
  // the next try sends the same request under the same name.
  for (const pause of certain ? visibilityLag : visibilityLag.slice(0, 2)) {
    const found = await jobs.describe(jobName)
    if (found) return found
    await sleep(pause)
  }
  return jobs.describe(jobName)
}

async function adopt(options: {
  deps: Dependencies
  jobs: JobService
  existing: DescribedJob
  owner: Owner
  job: FrozenJob
}): Promise<CreatedJob> {
  const { deps, jobs, existing, owner, job } = options
  const tags = await jobs.tags(existing.arn)
  if (!isOurs({ tags, owner })) {
    throw new HoldfastError({
      code: 'E_JOB_NAME_CONFLICT',
      what: `a job named ${existing.jobName} exists and is not ours`,
      where: existing.arn,
      hint: 'somebody else created it; delete it, or change the pipeline name',
    })
  }
  const fingerprint = tags.get('holdfast:fingerprint')
  if (fingerprint !== job.fingerprint) {
    deps.log.warn(
      { jobName: job.jobName, fingerprint },
      'the adopted job was created with another request',
    )
  }
  return { arn: existing.arn, adopted: true, runner: tags.get(runnerTag) ?? 'sagemaker' }
}

/** Whether a job's tags say that this run made it. */
export function isOurs({ tags, owner }: { tags: Map<string, string>; owner: Owner }): boolean {
  return tags.get('holdfast:owner') === ownerTag(owner)
}

function notYetVisible(jobName: string): HoldfastError {
  return new HoldfastError({
    code: 'E_JOB_NOT_YET_VISIBLE',
    what: `the service does not show ${jobName} yet`,
  })
}
