/**
 * Which attempt a training makes next, and when it gives up. Pure: the workflow keeps the progress
 * and does what is said here.
 *
 * A training has a ladder of placements and five budgets: time (`deadline`), money (`maxUsd`), and
 * tries for a lack of capacity, for failures of the service, and for a script that stands still.
 */

import type { Placement, ResolvedPipeline } from './config/resolved-pipeline'
import { formatDuration } from './duration'
import { attemptsPerPlacement, endingOf, type JobEnding, type JobSnapshot } from './job'
import { instancesOf } from './plan/ceiling'
import { findPrice } from './prices/price'
import { pricesAt } from './prices/prices-at'

/** How an attempt ended: as its job did, or one of these. */
export type AttemptEnding =
  | JobEnding
  /** The account's quota is used up: nothing was created. */
  | 'noQuota'
  /** Its script stood still, so we stopped it. */
  | 'stalled'
  /** It was still running hours after its own limits, so we stopped it. */
  | 'overdue'
  /** The deadline of the training had cut it short. */
  | 'deadline'

export type FollowUp = 'done' | 'same placement' | 'next placement' | 'give up'

export const followUps: Record<AttemptEnding, FollowUp> = {
  completed: 'done',
  infrastructure: 'same placement',
  stalled: 'same placement',
  capacity: 'next placement',
  noQuota: 'next placement',
  user: 'give up',
  maxRuntime: 'give up',
  stopped: 'give up',
  overdue: 'give up',
  deadline: 'give up',
}

/** A script that stands still is started once more, from its checkpoint. */
export const stallsAllowed = 1

/** Seconds for which rounds of the ladder go on without a deadline. */
const oneDay = 86_400

/** Seconds: an attempt with less time than this is not worth its start. */
export const shortestAttempt = 60

/** Seconds that an attempt may be billed for beyond maxRun: 120 s of grace, and the upload. */
export const billedBeyond = 600

/** Seconds beyond `maxRun` or `maxWait` before a job counts as overdue: pending, downloading, uploading. */
const margin = 6 * 3600

export interface TrainingLimits {
  placements: RatedPlacement[]
  /** Seconds. */
  maxRun: number
  maxWait: number
  /** Seconds from the start of the training. */
  deadline: number | null
  maxUsd: number | null
  /** Seconds from the start in which a new round of the ladder may begin, without a deadline. */
  patience: number
}

export interface RatedPlacement extends Placement {
  /** US dollars an hour of all its instances, on demand; null: not known. */
  usdPerHour: number | null
}

export function limitsOf(options: {
  pipeline: ResolvedPipeline
  patience?: number | undefined
}): TrainingLimits {
  const { pipeline, patience = oneDay } = options
  const { placements, maxRun, maxWait, deadline = null, maxUsd = null } = pipeline.train
  return {
    placements: placements.map((placement) => ({
      ...placement,
      usdPerHour: usdPerHour(pipeline, placement),
    })),
    maxRun,
    maxWait,
    deadline,
    maxUsd,
    patience,
  }
}

function usdPerHour(pipeline: ResolvedPipeline, placement: Placement): number | null {
  const { region } = placement
  const prices = pricesAt({ prices: pipeline.train.prices ?? [], pipeline, region })
  let sum = 0
  for (const { instanceType, count } of instancesOf(pipeline, placement)) {
    const price = findPrice({ prices, instanceType, use: 'training' })
    if (price === undefined) return null
    sum += price.usdPerHour * count
  }
  return sum
}

/** What a training has used of its budgets. */
export interface TrainingProgress {
  /** Index of the placement whose turn it is. */
  at: number
  /** Walk down the ladder, from 1. */
  round: number
  /** By placement: attempts that cost money, or that the service or its machine failed. */
  used: number[]
  stalls: number
  spentUsd: number
  last: AttemptEnding | null
}

export function noProgress({ placements }: TrainingLimits): TrainingProgress {
  return { at: 0, round: 1, used: placements.map(() => 0), stalls: 0, spentUsd: 0, last: null }
}

export type TrainingStep =
  | {
      do: 'attempt'
      index: number
      placement: Placement
      /** Seconds, cut to what the deadline leaves. */
      maxRun: number
      maxWait: number
      isCut: boolean
      /** Seconds after which the job is stopped, whatever it does. */
      stopAfter: number
      /** Whether that is the deadline of the training. */
      endsAtDeadline: boolean
      /** The most that it can cost; null: not known. */
      reservedUsd: number | null
    }
  | { do: 'pause'; seconds: number }
  | { do: 'give up'; code: GivingUp; message: string; hint: string }

export type GivingUp =
  | 'E_NO_PRICE'
  | 'E_STALLED'
  | 'E_DEADLINE'
  | 'E_INFRASTRUCTURE'
  | 'E_CAPACITY_EXHAUSTED'
  | 'E_BUDGET_EXHAUSTED'

/** What to do after `elapsed` seconds. */
export function nextStep(options: {
  limits: TrainingLimits
  progress: TrainingProgress
  elapsed: number
}): TrainingStep {
  const { limits, progress, elapsed } = options
  if (progress.stalls > stallsAllowed) return standsStill()
  const left = secondsLeft(limits, elapsed)
  if (left < shortestAttempt) return tooLate(limits)

  const open = limits.placements.flatMap((placement, index) =>
    (progress.used[index] ?? 0) < attemptsPerPlacement
      ? [attemptOn({ limits, placement, index, elapsed })]
      : [],
  )
  if (open.length === 0) return triedEnough(progress)
  const unpriced = limits.placements.filter(({ usdPerHour }) => usdPerHour === null)
  if (limits.maxUsd !== null && unpriced.length > 0) return noPrice(unpriced)
  const affordable = open.filter((attempt) => fits({ limits, progress, attempt }))
  if (affordable.length === 0) return tooDear({ limits, progress, open })

  const next = affordable.find(({ index }) => index >= progress.at)
  if (next) return next
  return endOfRound({ limits, progress, elapsed, left })
}

/** Of the deadline, without the time that an attempt needs beyond its own limits. */
function secondsLeft({ deadline }: TrainingLimits, elapsed: number): number {
  if (deadline === null) return Infinity
  return Math.floor(deadline - elapsed - Math.min(billedBeyond, deadline / 10))
}

export type GiveUp = Extract<TrainingStep, { do: 'give up' }>
export type AttemptStep = Extract<TrainingStep, { do: 'attempt' }>

function attemptOn(options: {
  limits: TrainingLimits
  placement: RatedPlacement
  index: number
  elapsed: number
}): AttemptStep {
  const { limits, placement, index, elapsed } = options
  const { usdPerHour, ...bare } = placement
  const left = secondsLeft(limits, elapsed)
  const maxRun = Math.min(limits.maxRun, left)
  const maxWait = Math.min(limits.maxWait, left)
  const longest = (bare.useSpotInstances ? maxWait : maxRun) + margin
  const untilDeadline = limits.deadline === null ? Infinity : limits.deadline - elapsed
  return {
    do: 'attempt',
    index,
    placement: bare,
    maxRun,
    maxWait,
    isCut: maxRun < limits.maxRun || maxWait < limits.maxWait,
    stopAfter: Math.min(longest, untilDeadline),
    endsAtDeadline: untilDeadline < longest,
    reservedUsd:
      usdPerHour === null ? null : costOf({ usdPerHour, seconds: maxRun + billedBeyond }),
  }
}

function fits(options: {
  limits: TrainingLimits
  progress: TrainingProgress
  attempt: AttemptStep
}): boolean {
  const { limits, progress, attempt } = options
  if (limits.maxUsd === null) return true
  return attempt.reservedUsd !== null && progress.spentUsd + attempt.reservedUsd <= limits.maxUsd
}

/** A pause of 1, 2, 4 … 30 minutes, or what the deadline leaves of it; then the ladder again. */
function endOfRound(options: {
  limits: TrainingLimits
  progress: TrainingProgress
  elapsed: number
  left: number
}): TrainingStep {
  const { limits, progress, elapsed, left } = options
  const wanted = 60 * Math.min(30, 2 ** Math.min(progress.round - 1, 10))
  const seconds = Math.min(wanted, (left - shortestAttempt) / mostJitter)
  const isOver = limits.deadline === null ? elapsed >= limits.patience : seconds < 60
  if (isOver) return noCapacity(limits.deadline === null ? 'for now' : 'before the deadline')
  return { do: 'pause', seconds }
}

/** Pauses are stretched by up to this, so that those who wait together do not come back together. */
export const mostJitter = 1.2

export function afterPause(progress: TrainingProgress): TrainingProgress {
  return { ...progress, at: 0, round: progress.round + 1 }
}

export function afterAttempt(options: {
  progress: TrainingProgress
  index: number
  ending: AttemptEnding
  /** Seconds that were billed; null: the service did not say. */
  billedSeconds: number | null
  costUsd: number | null
}): TrainingProgress {
  const { progress, index, ending, billedSeconds, costUsd } = options
  const counts = ending === 'infrastructure' || billedSeconds !== 0
  return {
    ...progress,
    at: followUps[ending] === 'same placement' ? index : index + 1,
    used: progress.used.map((used, each) => used + (each === index && counts ? 1 : 0)),
    stalls: progress.stalls + (ending === 'stalled' ? 1 : 0),
    spentUsd: progress.spentUsd + (costUsd ?? 0),
    last: ending,
  }
}

/** What the end of a job means for the attempt that it was. */
export function attemptEnding(options: {
  attempt: AttemptStep
  job: JobSnapshot
  /** We stopped it: it outlived its time, or stood still. */
  overdue: boolean
  stalled: boolean
}): AttemptEnding {
  const { attempt, job, overdue, stalled } = options
  // It may have ended by itself before our stop reached it.
  const ending = endingOf(job)
  // A job that we stopped because it never got its machine is a lack of capacity too.
  if (overdue && ending !== 'completed' && !job.trainingSeconds) return 'capacity'
  if (ending === 'stopped' && stalled) return 'stalled'
  if (ending === 'stopped' && overdue) return attempt.endsAtDeadline ? 'deadline' : 'overdue'
  if (ending === 'maxRuntime' && attempt.isCut) return 'deadline'
  return ending
}

/** Seconds of each instance that an ended job is billed for; null when the service does not say. */
export function billedSecondsOf(job: JobSnapshot, ending: AttemptEnding): number | null {
  const said = job.billableSeconds ?? job.trainingSeconds
  if (said !== undefined) return said
  // Without a machine there is no time to tell.
  return ending === 'capacity' || ending === 'noQuota' ? 0 : null
}

/** What is not known counts as all that was reserved: the cap must hold. */
export function settledUsd(options: {
  usdPerHour: number | null
  billedSeconds: number | null
  reservedUsd: number | null
}): number | null {
  const { usdPerHour, billedSeconds, reservedUsd } = options
  if (usdPerHour === null || billedSeconds === null) return reservedUsd
  return costOf({ usdPerHour, seconds: billedSeconds })
}

export function costOf(options: { usdPerHour: number; seconds: number }): number {
  return (options.usdPerHour * options.seconds) / 3600
}

// What a training says when it gives up.

function giveUp(code: GivingUp, message: string, hint: string): GiveUp {
  return { do: 'give up', code, message, hint }
}

function standsStill(): TrainingStep {
  return giveUp(
    'E_STALLED',
    'the script stood still, and did so again after it was started from its checkpoint',
    'see the end of its log with `holdfast logs`; if it is silent by nature, raise train.stalledAfter',
  )
}

export function tooLate({ deadline }: Pick<TrainingLimits, 'deadline'>): GiveUp {
  return giveUp(
    'E_DEADLINE',
    `no attempt could complete the training before its deadline of ${formatDuration(deadline ?? 0)}`,
    'raise train.deadline, or add placements with more capacity; its checkpoints are kept',
  )
}

function triedEnough({ last }: TrainingProgress): TrainingStep {
  if (last !== 'infrastructure') return noCapacity('within three attempts on each placement')
  return giveUp(
    'E_INFRASTRUCTURE',
    'SageMaker or its machines failed, on every placement',
    'look at the AWS Health Dashboard and start it again later; its checkpoints are kept',
  )
}

function noCapacity(when: string): TrainingStep {
  return giveUp(
    'E_CAPACITY_EXHAUSTED',
    `no placement completed the training ${when}`,
    'add placements, raise train.maxWait or train.deadline, or try later',
  )
}

function noPrice(unpriced: RatedPlacement[]): TrainingStep {
  const types = [...new Set(unpriced.map(({ instanceType }) => instanceType))].join(', ')
  return giveUp(
    'E_NO_PRICE',
    `train.maxUsd needs the price of every placement, and that of ${types} is not known`,
    'fetch AWS’s list with `holdfast prices refresh`, or give train.prices: { ml.g5.xlarge: 1.41 }',
  )
}

function tooDear(options: {
  limits: TrainingLimits
  progress: TrainingProgress
  open: AttemptStep[]
}): TrainingStep {
  const { limits, progress, open } = options
  const costs = open.map(({ reservedUsd }) => reservedUsd ?? Infinity)
  const cheapest = open[costs.indexOf(Math.min(...costs))]
  const { maxRun = 0, reservedUsd = 0, placement } = cheapest ?? {}
  const usd = (amount: number | null) => (amount ?? 0).toFixed(2)
  return giveUp(
    'E_BUDGET_EXHAUSTED',
    `no attempt fits into train.maxUsd: ${usd(progress.spentUsd)} of ${usd(limits.maxUsd)} USD are spent, ` +
      `and one on ${placement?.instanceType ?? ''} may cost ${usd(reservedUsd)} USD ` +
      `(${formatDuration(maxRun)} and ${formatDuration(billedBeyond)} to stop and upload, at the on-demand price)`,
    'raise train.maxUsd, lower train.maxRun, or add a cheaper placement; checkpoints are kept',
  )
}
