import { HoldfastError, messageOf } from '../errors'
import { explainFileError } from './explain-file-error'

/** The four parts in which every error is printed. */
export interface ExplainedError {
  code: string
  what: string
  where?: string | undefined
  hint?: string | undefined
}

/** Names that AWS clients and STS give to missing, wrong, expired or unallowed credentials. */
const credentialNames = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'AccessDenied',
  'AccessDeniedException',
])

/** Node's error codes for an address at which nobody answers. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EAI_AGAIN',
])

/** gRPC's UNAVAILABLE, which Temporal's client wraps. */
const grpcUnavailable = 14

/** Anything thrown, in four parts; an error that nobody foresaw has the code `E_UNEXPECTED`. */
export function explainError(error: unknown): ExplainedError {
  for (const cause of chainOf(error)) {
    if (cause instanceof HoldfastError) return fromHoldfast(cause)
    const name = field(cause, 'name')
    if (typeof name === 'string' && credentialNames.has(name)) {
      return {
        code: 'E_CREDENTIALS',
        what: 'AWS did not accept the credentials',
        where: `${name}: ${messageOf(cause)}`,
        hint: 'check AWS_PROFILE or AWS_ACCESS_KEY_ID and the role, then `holdfast doctor`',
      }
    }
    if (messageOf(cause) === 'Region is missing') {
      return {
        code: 'E_REGION_MISSING',
        what: 'no AWS region is set',
        where: 'AWS_REGION',
        hint: 'set AWS_REGION; or on one machine `holdfast up --detach`, and run this in its folder',
      }
    }
    const code = field(cause, 'code')
    if (code === grpcUnavailable || (typeof code === 'string' && networkCodes.has(code))) {
      return {
        code: 'E_UNREACHABLE',
        what: 'Temporal or AWS cannot be reached',
        where: messageOf(cause),
        hint: 'on one machine: `holdfast up --detach`; otherwise `holdfast doctor` says what is missing',
      }
    }
    const aboutFile = explainFileError(cause)
    if (aboutFile) return aboutFile
  }
  return {
    code: 'E_UNEXPECTED',
    what: messageOf(error),
    hint: 'run the command again with --debug for the stack, and please report it',
  }
}

function fromHoldfast(error: HoldfastError): ExplainedError {
  return { code: error.code, what: error.what, where: error.where, hint: error.hint }
}

/** An error and its causes, outermost first; aggregates give all of theirs. */
function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = []
  const queue: unknown[] = [error]
  while (queue.length > 0 && chain.length < 20) {
    const next = queue.shift()
    if (next === undefined || next === null) continue
    chain.push(next)
    queue.push(field(next, 'cause'))
    if (next instanceof AggregateError) queue.push(...(next.errors as unknown[]))
  }
  return chain
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined
}
