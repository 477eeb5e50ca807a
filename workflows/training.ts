import { isCancellation, upsertMemo } from '@temporalio/workflow'

import type { Placement, ResolvedPipeline } from '../src/config/resolved-pipeline'
import { endingOf, infrastructureTries, type FrozenJob, type JobSnapshot } from '../src/job'
import { checkpointsOf, type RunSite } from '../src/run-site'
import type { Attempt } from '../src/run-state'
import type { CheckpointRecord } from '../activities/read-checkpoint-journal'
import type { Uploaded } from '../activities/upload'
import { failRun } from './failures'
import { control, glance } from './options'
import { runJob, type JobEnd } from './run-job'

export interface TrainingInput {
  site: RunSite
  pipeline: ResolvedPipeline
  inputs: Uploaded
  /** Filled as attempts are made, for a caller in the same workflow. */
  attempts?: Attempt[]
  /** Attempts made by earlier calls in the same workflow: numbers, and so job names, go on after them. */
  attemptsBefore?: number
}

export interface TrainingResult {
  attempts: Attempt[]
  /** `s3://…/model.tar.gz` of the attempt that completed. */
  artifactUri: string
}

/** Seconds beyond `maxRun` or `maxWait` before a job counts as overdue: pending, downloading, uploading. */
const margin = 6 * 3600

/**
 * One durable training. Each placement is tried in order until an attempt completes; every attempt
 * is one SageMaker job under a name of its own, and all share one checkpoint prefix, so that the
 * next goes on where the last one stopped. SageMaker resumes an interrupted spot job by itself:
 * only a job that has ended is followed by another.
 */
export async function training(input: TrainingInput): Promise<TrainingResult> {
  const { site, pipeline, inputs } = input
  const { attempts = [], attemptsBefore = 0 } = input
  const tell = () => upsertMemo({ training: { attempts } })

  for (const placement of pipeline.train.placements) {
    for (let tries = 1; tries <= infrastructureTries; tries++) {
      const attempt = newAttempt(placement)
      attempts.push(attempt)
      const job = await control.freezeTraining({
        site,
        pipeline,
        inputs,
        placement,
        attempt: attemptsBefore + attempts.length,
      })
      attempt.jobName = job.jobName
      tell()

      const end = await run({ job, attempt, tell, site, pipeline })
      if (end === 'no quota') break

      // A job that we stopped because it never got its machine is a lack of capacity too.
      const neverStarted = end.overdue && !end.job.trainingSeconds
      const ending = neverStarted ? 'capacity' : endingOf(end.job)
      switch (ending) {
        case 'completed':
          return { attempts, artifactUri: end.job.artifactUri ?? job.outputUri }
        case 'capacity':
          break
        case 'infrastructure':
          continue
        case 'user':
          return failRun(
            {
              code: 'E_TRAINING_FAILED',
              message: end.job.failureReason ?? 'the training job failed',
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
              code: end.overdue ? 'E_OVERDUE' : 'E_STOPPED',
              message: end.overdue
                ? 'the training job was still running at its deadline, so we stopped it'
                : 'somebody stopped the training job',
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

/** Runs the attempt's job and keeps what is known of it. */
async function run(options: {
  job: FrozenJob
  attempt: Attempt
  tell: () => void
  site: RunSite
  pipeline: ResolvedPipeline
}): Promise<JobEnd> {
  const { job, attempt, tell, site, pipeline } = options
  const checkpointUri = checkpointsOf({ site, pipeline })
  // All attempts write one journal; what was in it before is not this attempt's.
  const before = await journalOf(checkpointUri)
  const learn = (facts: Partial<Attempt>) => {
    Object.assign(attempt, facts)
    tell()
  }
  const note = async (seen: JobSnapshot) => {
    learn(factsOf(seen))
    const now = await journalOf(checkpointUri)
    if (now && before && now.starts > before.starts) {
      const { resumedFromStep, stepsLost } = now
      learn({ resumedFromStep, stepsLost: stepsLost - before.stepsLost })
    }
  }
  const { maxRun, maxWait } = pipeline.train
  const end = await runJob({
    job,
    site,
    deadline: (attempt.placement.useSpotInstances ? maxWait : maxRun) + margin,
    onCreated: ({ runner }) => learn({ runner, status: 'InProgress', secondaryStatus: 'Starting' }),
    onNews: note,
    onStopped: (stopped) => learn(stopped ? factsOf(stopped) : { status: 'NotCreated' }),
  })
  if (end === 'no quota') {
    learn({
      status: 'Refused',
      failureReason: 'the account has no quota left for this instance type',
    })
  } else {
    await note(end.job)
  }
  return end
}

/** Only numbers for people: a journal that cannot be read must not end a paid training. */
async function journalOf(checkpointUri: string | null): Promise<CheckpointRecord | null> {
  if (checkpointUri === null) return null
  try {
    return await glance.readCheckpointJournal({ checkpointUri })
  } catch (error) {
    if (isCancellation(error)) throw error
    return null
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
    sync,
  } = job
  return {
    status,
    secondaryStatus,
    interruptions,
    trainingSeconds,
    billableSeconds,
    sync: sync?.state === 'on time' ? undefined : sync,
    ...(failureReason ? { failureReason } : {}),
  }
}

function describe({ jobName, placement, status, secondaryStatus }: Attempt): string {
  return `${jobName} on ${placement.useSpotInstances ? 'spot' : 'on-demand'} ${placement.instanceType}: ${secondaryStatus || status}`
}
