import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { CompleteAsyncError, activityInfo, cancellationSignal } from '@temporalio/activity'
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
  'E_PUBLISH_CONFLICT',
  'E_WRONG_WORKER',
  'E_HUB_UNREACHABLE',
  'E_GIT_UNREACHABLE',
  'E_GIT_TIMEOUT',
])

/** Activities that come after money was spent: a permission that is lost for a while must not waste it. */
const afterPayment = new Set([
  'findEndedTrials',

  'sealArtifact',
  'freezeEvaluation',
  'readEvaluation',
  'readObjective',
  'publish',
])

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

/** The one place where what an activity throws becomes a Temporal failure, retryable or not. */
export function toFailure(error: unknown, { paid = false }: { paid?: boolean } = {}): Error {
  if (
    error instanceof ApplicationFailure ||
    error instanceof CancelledFailure ||
    error instanceof CompleteAsyncError
  )
    return error
  if (error instanceof HoldfastError) {
    const { where, hint } = error
    return ApplicationFailure.create({
      message: cutSecrets(error.what),
      type: error.code,
      nonRetryable: !transient.has(error.code),
      details: [{ ...(where ? { where } : {}), ...(hint ? { hint } : {}) } satisfies FailureDetail],
    })
  }
  const kind = classifyAwsError(error)
  const bug =
    kind === 'unknown' &&
    (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
  return ApplicationFailure.create({
    message: cutSecrets(`${error instanceof Error ? `${error.name}: ` : ''}${messageOf(error)}`),
    type: codes[kind] ?? (bug ? 'E_BUG' : 'E_UNEXPECTED'),
    nonRetryable: bug || !(retried[kind] || (kind === 'denied' && paid)),
  })
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
      throw toFailure(error, { paid: paid ?? afterPayment.has(activityInfo().activityType) })
    }
  }

  private async checkSite(site: RunSite | undefined): Promise<void> {
    if (site === undefined) return
    const account = await this.deps.account()
    if (site.region === this.deps.region && site.account === account) return
    throw new HoldfastError({
      code: 'E_WRONG_WORKER',
      what: `the run belongs to account ${site.account} in ${site.region}, this worker to ${account} in ${this.deps.region}`,
      hint: 'give workers of one task queue the same account and region',
    })
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
