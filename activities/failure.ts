import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import {
  CompleteAsyncError,
  activityInfo,
  cancellationSignal,
  heartbeat,
} from '@temporalio/activity'
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  Next,
} from '@temporalio/worker'

import { classifyAwsError, type ErrorKind } from '../src/aws/classify-error'
import { cutSecrets } from '../src/config/secrets'
import { HoldfastError, messageOf } from '../src/errors'
import type { RunSite } from '../src/run-site'
import type { Dependencies } from './dependencies'

/** Errors of ours that another try can mend; every other HoldfastError is final. */
const transient = new Set([
  'E_S3_STALLED',
  'E_JOB_NOT_YET_VISIBLE',
  'E_ENDPOINT_BUSY',
  'E_PUBLISH_CONFLICT',
  'E_WRONG_WORKER',
  'E_REGION_ENDPOINT',
  'E_REGION_NOT_WATCHED',
  'E_FEED_UNREACHABLE',
  'E_HUB_UNREACHABLE',
  'E_HUB_WRITE_DENIED',
  'E_GIT_UNREACHABLE',
  'E_GIT_TIMEOUT',
])

/** Errors of ours that only a person can mend: waited for where a model is paid for, else final. */
const mended = new Set(['E_BUCKET_NOT_OURS', 'E_SECRET_MISSING', 'E_CHAMPION_GONE'])

/** Activities that come after money was spent: a permission that is lost for a while must not waste it. */
const afterPayment = new Set([
  'findEndedTrials',
  'returnFromRegion',
  'sealArtifact',
  'readChampion',
  'freezeEvaluation',
  'readEvaluation',
  'readObjective',
  'publish',
  'readTransformed',
])

/**
 * Activities that watch or stop a job which may cost money. Whatever AWS answers, they are tried
 * again: a run that gave up on them would leave its job to itself.
 */
const guarding = new Set(['pollJob', 'lookAtJob', 'stopJob'])

/**
 * Milliseconds for which an activity is tried again without credentials, before anything was paid for.
 * Long enough for somebody to wake up, and no more: nothing is lost with the run. Afterwards waiting
 * costs nothing, and giving up what was paid for: then only Temporal's own patience ends the tries.
 */
export const accessPatience = 6 * 3_600_000

/** Bytes of JSON. Temporal refuses 2 MB and then tries for ever; data does not belong in history. */
const payloadLimit = 200_000

const retried: Record<ErrorKind, boolean> = {
  throttled: true,
  ambiguous: true,
  credentials: true,
  // A create resolves these itself; what is left over is final.
  conflict: false,
  quota: false,
  denied: false,
  'not-found': false,
  invalid: false,
  unknown: true,
}

const codes: Partial<Record<ErrorKind, string>> = {
  quota: 'E_QUOTA',
  denied: 'E_ACCESS_DENIED',
  credentials: 'E_CREDENTIALS',
  invalid: 'E_REQUEST_REFUSED',
  'not-found': 'E_NOT_FOUND',
}

/** Detail of every failure that leaves an activity: what a person needs, without stack or request. */
export interface FailureDetail {
  where?: string
  hint?: string
}

/** What a person can do about an error of AWS; nothing for most. */
const hints: Partial<Record<ErrorKind, string>> = {
  credentials:
    'give the workers valid credentials: `aws sts get-caller-identity` with their variables must answer',
  denied: 'compare the role of the workers with the policy in docs/run.md',
}

/** Of an error of AWS, what is said of it to people: its code, where it has one, and what to do. */
export function accessProblem(error: unknown): { type: string; hint: string } | null {
  const kind = classifyAwsError(error)
  const [type, hint] = [codes[kind], hints[kind]]
  return type && hint ? { type, hint } : null
}

/** The one place where what an activity throws becomes a Temporal failure, retryable or not. */
export function toFailure(
  error: unknown,
  options: {
    /** After a payment a permission that is lost, and what a person must mend, is waited for. */
    paid?: boolean
    /** The activity watches or stops a job: nothing that AWS answers is final. */
    guards?: boolean
    /** Milliseconds for which its tries have failed for want of access. */
    lostFor?: number
  } = {},
): Error {
  const { paid = false, guards = false, lostFor = 0 } = options
  if (
    error instanceof ApplicationFailure ||
    error instanceof CancelledFailure ||
    error instanceof CompleteAsyncError
  )
    return error
  if (error instanceof HoldfastError) {
    const [where, hint] = [error.where, error.hint].map((text) => text && cutSecrets(text))
    return ApplicationFailure.create({
      message: cutSecrets(error.what),
      type: error.code,
      nonRetryable: !transient.has(error.code) && !(paid && mended.has(error.code)),
      details: [{ ...(where ? { where } : {}), ...(hint ? { hint } : {}) } satisfies FailureDetail],
    })
  }
  const kind = classifyAwsError(error)
  const bug =
    kind === 'unknown' &&
    (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
  const isWaitedFor = isAccess(kind) && (retried[kind] || paid)
  const isOver = isWaitedFor && !paid && lostFor >= accessPatience
  const hint = hints[kind]
  return ApplicationFailure.create({
    message: cutSecrets(`${error instanceof Error ? `${error.name}: ` : ''}${messageOf(error)}`),
    type: codes[kind] ?? (bug ? 'E_BUG' : 'E_UNEXPECTED'),
    nonRetryable: bug || (!guards && (isOver || !(retried[kind] || isWaitedFor))),
    // Five seconds at first, five minutes in the end.
    ...(isWaitedFor && { nextRetryDelay: Math.min(300_000, Math.max(5_000, lostFor / 2)) }),
    ...(hint && { details: [{ hint } satisfies FailureDetail] }),
  })
}

function isAccess(kind: ErrorKind): boolean {
  return kind === 'credentials' || kind === 'denied'
}

/** Refuses to put data into history, and names the field that holds it. */
function checkSize(result: unknown): void {
  const size = JSON.stringify(result)?.length ?? 0
  if (size <= payloadLimit) return
  const fields = Object.entries(result as object).map(
    ([name, value]) => [name, JSON.stringify(value)?.length ?? 0] as const,
  )
  const [largest] = fields.sort(([, a], [, b]) => b - a)
  throw new HoldfastError({
    code: 'E_PAYLOAD_TOO_LARGE',
    what: `a result of ${size} bytes would go into the workflow's history (at most ${payloadLimit})`,
    where: `${activityInfo().activityType}: ${largest?.[0] ?? 'result'}`,
    hint: 'keep the data in S3 and pass its URI',
  })
}

/**
 * Around every activity: the run must be this worker's (same account, same region: elsewhere a
 * look at its jobs would find nothing), errors are classified, large results are refused.
 */
export class ActivityEdge implements ActivityInboundCallsInterceptor {
  constructor(private readonly deps: Dependencies) {}

  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    try {
      await this.checkSite((input.args[0] as { site?: RunSite } | undefined)?.site)
      const result = await next(input)
      checkSize(result)
      return result
    } catch (error) {
      if (cancellationSignal().aborted && isAbort(error)) throw new CancelledFailure('cancelled')
      // A later attempt of a training says so itself.
      const { afterPayment: paid } = (input.args[0] ?? {}) as { afterPayment?: boolean }
      const { activityType } = activityInfo()
      const guards = guarding.has(activityType)
      throw toFailure(error, {
        paid: paid ?? afterPayment.has(activityType),
        guards,
        // What a poll left with its last beat is what `status` shows.
        lostFor: guards ? 0 : accessLostFor(error),
      })
    }
  }

  private async checkSite(site: RunSite | undefined): Promise<void> {
    if (site === undefined) return
    const account = await this.deps.account()
    // An attempt in another region is the work of those of its run's own.
    const region = site.home ?? site.region
    if (region === this.deps.region && site.account === account) return
    throw new HoldfastError({
      code: 'E_WRONG_WORKER',
      what: `the run belongs to account ${site.account} in ${region}, this worker to ${account} in ${this.deps.region}`,
      hint: 'give workers of one task queue the same account and region',
    })
  }
}

/**
 * Milliseconds since the first of the tries that failed for want of access, kept with the activity for
 * the next worker. A try that ends without a word, its worker killed, begins anew.
 */
function accessLostFor(error: unknown): number {
  if (error instanceof HoldfastError || !isAccess(classifyAwsError(error))) return 0
  const now = Date.now()
  const before = activityInfo().heartbeatDetails as { accessLostSince?: unknown } | undefined
  const said = before?.accessLostSince
  const since = typeof said === 'number' ? Math.min(said, now) : now
  heartbeat({ accessLostSince: since })
  return now - since
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
