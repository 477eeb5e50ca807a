import { sleep, upsertMemo } from '@temporalio/workflow'

import type { Placement, ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { ShownTrial } from '../src/feeds/shown-trial'
import type { FrozenJob, JobSnapshot } from '../src/job'
import { checkpointsOf, type RunSite } from '../src/run-site'
import type { Attempt, RunError } from '../src/run-state'
import {
  afterAttempt,
  afterPause,
  attemptEnding,
  billedSecondsOf,
  limitsOf,
  mostJitter,
  nextStep,
  noProgress,
  settledUsd,
  tooLate,
  type AttemptEnding,
  type AttemptStep,
  type GiveUp,
  type TrainingLimits,
} from '../src/training-ladder'
import { userErrorOf } from '../src/user-error'
import type { Brought } from '../activities/bring-to-region'
import type { Returned } from '../activities/return-from-region'
import type { Uploaded } from '../activities/upload'
import { checkpointWatch } from './checkpoint-watch'
import { failRun } from './failures'
import { control, heavy } from './options'
import { runJob } from './run-job'

export interface TrainingInput {
  site: RunSite
  pipeline: ResolvedPipeline
  inputs: Uploaded
  /** Its progress is shown where `pipeline.feeds` says. */
  showsProgress?: boolean
  /** It is a trial's, and shown below its sweep. */
  trial?: ShownTrial
  /** Filled as attempts are made, for a caller in the same workflow. */
  attempts?: Attempt[]
  /** Attempts made by earlier calls in the same workflow: numbers, and so job names, go on after them. */
  attemptsBefore?: number
  /** Milliseconds: when the first of those calls began. */
  startedAt?: number
  /** Seconds for which placements without capacity are tried again; a day unless given. */
  patience?: number
}

export interface TrainingResult {
  attempts: Attempt[]
  /** `s3://…/model.tar.gz` of the attempt that completed, in the run's own region. */
  artifactUri: string
  /** Where that attempt was; absent: at the run's own site. */
  away?: RunSite
}

/** Attempts that found no machine are kept up to this: there may be hundreds, and each costs nothing. */
const unpaidKept = 20

/**
 * One durable training. Its ladder of placements is walked until an attempt completes; every attempt
 * is one SageMaker job under a name of its own, and all share one checkpoint prefix, so that the
 * next goes on where the last one stopped. What an attempt in another region reads is copied there
 * before it, and what it left is copied back: between two attempts everything lies with the run.
 * SageMaker resumes an interrupted spot job by itself: only a job that has ended is followed by
 * another. Which one, and when to give up, is decided by `nextStep`.
 */
export async function training(input: TrainingInput): Promise<TrainingResult> {
  const { site, pipeline, attempts = [], attemptsBefore = 0, startedAt = Date.now() } = input
  const limits = limitsOf(input)
  let progress = noProgress(limits)
  let number = attemptsBefore
  let away: Brought | undefined

  for (;;) {
    const elapsed = (Date.now() - startedAt) / 1000
    const step = nextStep({ limits, progress, elapsed })
    if (step.do === 'give up') return failRun(givenUp({ step, attempts, site }), attempts)
    if (step.do === 'pause') {
      await pause(step.seconds)
      progress = afterPause(progress)
      continue
    }
    const { region } = step.placement
    if (region !== undefined && away?.site.region !== region) {
      // It takes its time, so that what is left of the deadline is reckoned again.
      away = await bringTo({ region, ...input, attempts })
      continue
    }
    if (region === undefined) away = undefined
    const there: Partial<Brought> = away ?? {}
    const tried = await tryOnce({ ...input, ...there, attempts, limits, step, number: ++number })
    progress = afterAttempt({ progress, index: step.index, ...tried })
    const returned = there.site && (await bringBack({ ...input, away: there.site, tried, number }))
    away = undefined

    const { ending, job, seen } = tried
    switch (ending) {
      case 'completed':
        return {
          attempts,
          ...(there.site && { away: there.site }),
          artifactUri: returned?.artifactUri ?? seen?.artifactUri ?? job.outputUri,
        }
      case 'capacity':
      case 'noQuota':
      case 'infrastructure':
      case 'stalled':
        continue
      case 'user':
        return failRun(await whatTheScriptDiedOf({ job, seen, site: there.site ?? site }), attempts)
      case 'maxRuntime':
      case 'stopped':
      case 'overdue':
        return failRun({ ...ends[ending](pipeline), where: job.jobName }, attempts)
      case 'deadline':
        return failRun(givenUp({ step: tooLate(limits), attempts, site }), attempts)
      default:
        return ending satisfies never
    }
  }
}

/** Whatever the job reads, to where it will be. */
async function bringTo(
  options: TrainingInput & { region: string; attempts: Attempt[] },
): Promise<Brought> {
  const { site, pipeline, inputs, region, attempts } = options
  const afterPayment = attempts.some(isPaid)
  return heavy.bringToRegion({
    ...{ site, pipeline, inputs, region },
    ...(afterPayment && { afterPayment }),
  })
}

/** Whatever an attempt elsewhere left, to its run: the next attempt, or stage, reads it there. */
async function bringBack(
  options: TrainingInput & { away: RunSite; tried: Tried; number: number },
): Promise<Returned> {
  const { site, pipeline, away, tried, number } = options
  const { ending, job, seen } = tried
  return heavy.returnFromRegion({
    ...{ site, away, pipeline, attempt: number },
    ...(ending === 'completed' && { artifactUri: seen?.artifactUri ?? job.outputUri }),
  })
}

interface Tried {
  ending: AttemptEnding
  job: FrozenJob
  /** The job at its end; null when none was created. */
  seen: JobSnapshot | null
  billedSeconds: number | null
  costUsd: number | null
}

/** One attempt: freezes its request, runs its job to the end, and keeps what is known of it. */
async function tryOnce(
  options: TrainingInput & {
    attempts: Attempt[]
    limits: TrainingLimits
    step: AttemptStep
    number: number
  },
): Promise<Tried> {
  const { site, pipeline, inputs, showsProgress, trial, attempts, limits, step, number } = options
  const { placement, maxRun, maxWait, isCut, stopAfter, reservedUsd } = step
  const { stalledAfter } = pipeline.train
  /** Of a look after a wake-up, until something newer is told. */
  let look: JobSnapshot | undefined
  const tell = () => upsertMemo({ training: { attempts, ...(look && { look }) } })
  const afterPayment = attempts.some(isPaid)
  const jobsBefore = attempts.filter(isPaid).map(({ jobName }) => jobName)

  forgetUnpaid(attempts)
  const attempt = newAttempt(placement)
  attempts.push(attempt)
  const job = await control.freezeTraining({
    site,
    pipeline,
    inputs,
    placement,
    attempt: number,
    ...(isCut && { cutTo: { maxRun, maxWait } }),
    ...(afterPayment && { afterPayment }),
  })
  attempt.jobName = job.jobName
  tell()

  const checkpointUri = checkpointsOf({ site, pipeline })
  const checkpoints = await checkpointWatch({ attempt, uri: checkpointUri, site })
  const learn = (facts: Partial<Attempt>) => {
    Object.assign(attempt, facts)
    look = undefined
    tell()
  }
  const learnFrom = async (job: JobSnapshot, facts: Partial<Attempt>) => {
    if (job.journal !== undefined) return learn({ ...facts, ...checkpoints.since(job.journal) })
    // Told by a worker of 0.1.0, whose looks did not read it; its histories are replayed here.
    learn(facts)
    await checkpoints.read(learn)
  }
  const end = await runJob({
    job,
    site,
    deadline: stopAfter,
    ...(stalledAfter && { stalledAfter }),
    ...(checkpointUri && { checkpointUri }),
    ...(showsProgress && {
      feed: { run: site.run, pipeline, jobsBefore, ...(trial && { trial }) },
    }),
    ...(afterPayment && { afterPayment }),
    onCreated: ({ runner }) => learn({ runner, status: 'InProgress', secondaryStatus: 'Starting' }),
    onNews: (seen) => learnFrom(seen, factsOf(seen)),
    onLook: (seen) => {
      if (isShown(seen, look ?? attempt)) return
      look = seen
      tell()
    },
    onStopped: (stopped) => learn(stopped ? factsOf(stopped) : { status: 'NotCreated' }),
  })
  if (end === 'no quota') {
    learn({
      status: 'Refused',
      failureReason: 'the account has no quota left for this instance type',
    })
    return { ending: 'noQuota', job, seen: null, billedSeconds: 0, costUsd: 0 }
  }
  const ending = attemptEnding({ attempt: step, ...end })
  const billedSeconds = billedSecondsOf(end.job, ending)
  const { usdPerHour = null } = limits.placements[step.index] ?? {}
  const costUsd = settledUsd({ usdPerHour, billedSeconds, reservedUsd })
  const isKnown = billedSeconds !== null && costUsd !== null
  await learnFrom(end.job, { ...factsOf(end.job), ...(isKnown && { costUsd }) })
  return { ending, job, seen: end.job, billedSeconds, costUsd }
}

/** Whether people see this already. */
function isShown(seen: JobSnapshot, shown: Attempt | JobSnapshot): boolean {
  return (
    seen.status === shown.status &&
    seen.secondaryStatus === shown.secondaryStatus &&
    seen.trainingSeconds === (shown.trainingSeconds || undefined)
  )
}

/** ±20 %, so that those who wait together do not come back together. */
async function pause(seconds: number): Promise<void> {
  const least = 2 - mostJitter
  await sleep(seconds * 1000 * (least + Math.random() * (mostJitter - least)))
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

export function isPaid({ trainingSeconds, billableSeconds }: Attempt): boolean {
  return trainingSeconds > 0 || billableSeconds > 0
}

/** The oldest of those that found no machine, in place: the list is shared with a caller. */
function forgetUnpaid(attempts: Attempt[]): void {
  const unpaid = attempts.filter((attempt) => !isPaid(attempt))
  for (const attempt of unpaid.slice(0, Math.max(0, unpaid.length - unpaidKept + 1)))
    attempts.splice(attempts.indexOf(attempt), 1)
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

/** Of attempts that no other one follows. */
const ends = {
  maxRuntime: ({ train }: ResolvedPipeline) => ({
    code: 'E_MAX_RUNTIME',
    message: `the job reached maxRun (${train.maxRun} s)`,
    hint: 'raise train.maxRun; its checkpoints are kept',
  }),
  stopped: () => ({
    code: 'E_STOPPED',
    message: 'somebody stopped the training job',
    hint: 'start again with `holdfast run --new`',
  }),
  overdue: () => ({
    code: 'E_OVERDUE',
    message: 'the training job was still running hours after its own limits, so we stopped it',
    hint: 'start again with `holdfast run --new`',
  }),
}

async function whatTheScriptDiedOf(options: {
  job: FrozenJob
  seen: JobSnapshot | null
  site: RunSite
}): Promise<RunError> {
  const { job, seen, site } = options
  const { jobName } = job
  const logTail = await control.readLogTail({
    ...{ kind: 'training', jobName, lines: 25, site },
  })
  return {
    ...userErrorOf({ failureReason: seen?.failureReason, logTail }),
    where: job.jobName,
    logTail,
  }
}

function givenUp(options: { step: GiveUp; attempts: Attempt[]; site: RunSite }): RunError {
  const { step, attempts, site } = options
  const { code, message, hint } = step
  const tried = attempts.map(describe).join('; ')
  return { code, message: tried ? `${message}: ${tried}` : message, where: site.runId, hint }
}

function describe({ jobName, placement, status, secondaryStatus }: Attempt): string {
  const { instanceType, useSpotInstances, region } = placement
  const place = region === undefined ? '' : ` in ${region}`
  return `${jobName} on ${useSpotInstances ? 'spot' : 'on-demand'} ${instanceType}${place}: ${secondaryStatus || status}`
}
