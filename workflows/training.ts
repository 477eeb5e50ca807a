import { isCancellation, upsertMemo } from '@temporalio/workflow'

import type { Placement, ResolvedPipeline } from '../src/config/resolved-pipeline'
import { endingOf, type FrozenJob, type JobSnapshot } from '../src/job'
import { checkpointsOf, type RunSite } from '../src/run-site'
import type { Attempt } from '../src/run-state'
import type { Uploaded } from '../activities/upload'
import { failRun, isQuota } from './failures'
import { control } from './options'
import { stopAndWait, waitForJob } from './wait-for-job'

export interface TrainingInput {
  site: RunSite
  pipeline: ResolvedPipeline
  inputs: Uploaded
}

export interface TrainingResult {
  attempts: Attempt[]
  /** `s3://…/model.tar.gz` of the attempt that completed. */
  artifactUri: string
}

/** Seconds beyond `maxRun` or `maxWait` before a job counts as overdue: pending, downloading, uploading. */
const margin = 6 * 3600
/** Tries of one placement when the service or the machine fails. */
const infrastructureTries = 3

/**
 * One durable training. Each placement is tried in order until an attempt completes; every attempt
 * is one SageMaker job under a name of its own, and all share one checkpoint prefix, so that the
 * next goes on where the last one stopped. SageMaker resumes an interrupted spot job by itself:
 * only a job that has ended is followed by another.
 */
export async function training(input: TrainingInput): Promise<TrainingResult> {
  const { site, pipeline } = input
  const attempts: Attempt[] = []
  const tell = () => upsertMemo({ training: { attempts } })

  for (const placement of pipeline.train.placements) {
    for (let tries = 1; tries <= infrastructureTries; tries++) {
      const attempt = newAttempt(placement)
      attempts.push(attempt)
      const job = await control.freezeTraining({ ...input, placement, attempt: attempts.length })
      attempt.jobName = job.jobName
      tell()

      const end = await run({ job, attempt, tell, site, pipeline })
      if (end === 'no capacity') break

      const ending = endingOf(end)
      switch (ending) {
        case 'completed':
          return { attempts, artifactUri: end.artifactUri ?? job.outputUri }
        case 'capacity':
          break
        case 'infrastructure':
          continue
        case 'user':
          return failRun(
            {
              code: 'E_TRAINING_FAILED',
              message: end.failureReason ?? 'the training job failed',
              where: job.jobName,
              hint: 'the script, its data or its image is at fault, so it is not tried again; see `holdfast logs`',
              logTail: await control.readLogTail({
                kind: 'training',
                jobName: job.jobName,
                lines: 25,
              }),
            },
            attempts,
          )
        case 'maxRuntime':
          return failRun(
            {
              code: 'E_MAX_RUNTIME',
              message: `the job reached maxRun (${pipeline.train.maxRun} s)`,
              where: job.jobName,
              hint: 'raise train.maxRun; its checkpoints are kept',
            },
            attempts,
          )
        case 'stopped':
          return failRun(
            {
              code: 'E_STOPPED',
              message: 'somebody stopped the training job',
              where: job.jobName,
              hint: 'start again with `holdfast run --new`',
            },
            attempts,
          )
        default:
          return ending satisfies never
      }
      break
    }
  }
  return failRun(
    {
      code: 'E_CAPACITY_EXHAUSTED',
      message: `no placement completed the training: ${attempts.map(describe).join('; ')}`,
      where: site.runId,
      hint: 'add placements, raise train.maxWait, or try later',
    },
    attempts,
  )
}

/** Creates the attempt's job and follows it to its end; cancelled, it stops the job first. */
async function run(options: {
  job: FrozenJob
  attempt: Attempt
  tell: () => void
  site: RunSite
  pipeline: ResolvedPipeline
}): Promise<JobSnapshot | 'no capacity'> {
  const { job, attempt, tell, site, pipeline } = options
  const { kind, jobName } = job
  const checkpointUri = checkpointsOf({ site, pipeline })
  const note = async (seen: JobSnapshot) => {
    Object.assign(attempt, factsOf(seen))
    if (checkpointUri !== null) {
      const { resumedFromStep, stepsLost } = await control.readCheckpointJournal({ checkpointUri })
      Object.assign(attempt, { resumedFromStep, stepsLost })
    }
    tell()
  }
  try {
    const { runner } = await control.createJob({ job, site })
    Object.assign(attempt, { runner, status: 'InProgress', secondaryStatus: 'Starting' })
    tell()
    const { maxRun, maxWait } = pipeline.train
    const deadline = (attempt.placement.useSpotInstances ? maxWait : maxRun) + margin
    const end = await waitForJob({ kind, jobName, deadline, onNews: note })
    await note(end)
    return end
  } catch (error) {
    if (isQuota(error)) {
      Object.assign(attempt, {
        status: 'Refused',
        failureReason: 'the account has no quota left for this instance type',
      })
      tell()
      return 'no capacity'
    }
    if (isCancellation(error)) {
      const end = await stopAndWait({ kind, jobName })
      Object.assign(attempt, end ? factsOf(end) : { status: 'NotCreated' })
      tell()
    }
    throw error
  }
}

function newAttempt(placement: Placement): Attempt {
  return {
    jobName: '',
    placement,
    status: 'Creating',
    secondaryStatus: '',
    interruptions: 0,
    resumedFromStep: 0,
    stepsLost: 0,
    trainingSeconds: 0,
    billableSeconds: 0,
    runner: '',
  }
}

function factsOf(job: JobSnapshot): Partial<Attempt> {
  const {
    status,
    secondaryStatus,
    interruptions,
    trainingSeconds = 0,
    billableSeconds = 0,
    failureReason,
  } = job
  return {
    status,
    secondaryStatus,
    interruptions,
    trainingSeconds,
    billableSeconds,
    ...(failureReason ? { failureReason } : {}),
  }
}

function describe({ jobName, placement, status, secondaryStatus }: Attempt): string {
  return `${jobName} on ${placement.useSpotInstances ? 'spot' : 'on-demand'} ${placement.instanceType}: ${secondaryStatus || status}`
}
