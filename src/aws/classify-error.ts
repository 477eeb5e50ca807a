/**
 * What an AWS error means for us, decided by its name alone: wordings change and the client models
 * only a few classes (ValidationException arrives as the base exception). The one place that knows.
 * Sources: the SDK's own retry lists (@smithy/core), and the issues named beside a line.
 */

export type ErrorKind =
  /** Too fast: try again later, nothing was done. */
  | 'throttled'
  /** The request may or may not have been carried out: look before acting again. */
  | 'ambiguous'
  /** The name is taken: look, compare the owner, adopt or refuse. */
  | 'conflict'
  /** The account's quota of this instance type is used up. */
  | 'quota'
  /** Expired or missing credentials: refreshed by the provider, so try again. */
  | 'credentials'
  /** Not allowed. */
  | 'denied'
  | 'not-found'
  /** The request itself is wrong. */
  | 'invalid'
  | 'unknown'

const kinds: Record<Exclude<ErrorKind, 'unknown'>, readonly string[]> = {
  throttled: [
    'ThrottlingException',
    'Throttling',
    'ThrottledException',
    'RequestThrottled',
    'RequestThrottledException',
    'TooManyRequestsException',
    'RequestLimitExceeded',
    'BandwidthLimitExceeded',
    'SlowDown',
    'PriorRequestNotComplete',
    'LimitExceededException',
    // S3 answers 409 while another write to the same key or bucket is under way; nothing was done.
    'ConditionalRequestConflict',
    'OperationAborted',
  ],
  ambiguous: [
    'InternalFailure',
    'InternalServerError',
    'InternalError',
    'ServiceUnavailable',
    'TimeoutError',
    'RequestTimeout',
    'RequestTimeoutException',
    'ECONNRESET',
    'ECONNREFUSED',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'AbortError',
    'SyntaxError',
    'NetworkingError',
  ],
  conflict: ['ResourceInUse', 'ConflictException', 'PreconditionFailed'],
  quota: ['ResourceLimitExceeded'],
  credentials: [
    'ExpiredTokenException',
    'ExpiredToken',
    'UnrecognizedClientException',
    'CredentialsProviderError',
    'IDPCommunicationError',
  ],
  denied: [
    'AccessDeniedException',
    'AccessDenied',
    'InvalidClientTokenId',
    'SignatureDoesNotMatch',
    'InvalidSignatureException',
    'KMS.DisabledException',
    'KMS.NotFoundException',
    'RegionDisabledException',
    'InvalidAccessKeyId',
    'PackedPolicyTooLarge',
    // A wrong clock: the SDK has corrected for it once before we see one of these.
    'RequestExpired',
    'RequestTimeTooSkewed',
    'RequestInTheFuture',
    'AuthFailure',
  ],
  'not-found': [
    'ResourceNotFound',
    'ResourceNotFoundException',
    'NoSuchKey',
    'NoSuchBucket',
    'NotFound',
  ],
  invalid: [
    'ValidationException',
    'ValidationError',
    'InvalidRequest',
    'EntityTooLarge',
    'InvalidArgument',
    'InvalidObjectState',
  ],
}

const kindByName = new Map(
  Object.entries(kinds).flatMap(([kind, names]) => names.map((name) => [name, kind as ErrorKind])),
)

/** The SDK wraps what is no `Error` of its own realm, and then only the message names it. */
const brokenConnection =
  /socket hang up|aborted|premature close|\b(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT)\b/i

export function classifyAwsError(error: unknown): ErrorKind {
  for (const name of namesOf(error)) {
    const kind = kindByName.get(name)
    if (kind) return kind
  }
  const status = statusOf(error)
  // HEAD has no body, so S3's refusal of one has no name.
  if (status === 401 || status === 403) return 'denied'
  if (status === 404) return 'not-found'
  if (status === 429) return 'throttled'
  if (status !== undefined && status >= 500) return 'ambiguous'
  if (error instanceof Error && brokenConnection.test(error.message)) return 'ambiguous'
  return 'unknown'
}

/**
 * Describe of something that does not exist answers ValidationException "Requested resource not
 * found" (boto3 #2808, aws-sdk #165), so here alone the words are looked at, and only to say "not there".
 */
export function isNotThere(error: unknown): boolean {
  const kind = classifyAwsError(error)
  if (kind === 'not-found') return true
  return (
    kind === 'invalid' &&
    error instanceof Error &&
    /not found|does not exist|could not find/i.test(error.message)
  )
}

export function isConflict(error: unknown): boolean {
  const kind = classifyAwsError(error)
  if (kind === 'conflict') return true
  return kind === 'invalid' && error instanceof Error && /already exist/i.test(error.message)
}

function namesOf(error: unknown): string[] {
  const names: string[] = []
  for (
    let at: unknown = error, depth = 0;
    at !== null && typeof at === 'object' && depth < 5;
    depth++
  ) {
    const { name, Code, code, cause } = at as {
      name?: unknown
      Code?: unknown
      code?: unknown
      cause?: unknown
    }
    for (const candidate of [name, Code, code])
      if (typeof candidate === 'string') names.push(candidate)
    at = cause
  }
  return names
}

function statusOf(error: unknown): number | undefined {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata
  return metadata?.httpStatusCode
}
