/** Lets in only who holds the local credentials. */

import type { IncomingHttpHeaders } from 'node:http'
import { AwsError } from './aws-error'
import { parseAuthorization, signatureMatches } from './signature'

export interface LocalCredentials {
  accessKeyId: string
  secretAccessKey: string
  region: string
}

/**
 * The signature is verified, not only the key named: a page in a browser or another user of this
 * machine can reach the port and guess the key id (it is the account number), and a training job
 * runs code. The time of signing is checked as the services check it, so that a client with a wrong
 * clock meets here what it would meet there.
 */
export function authenticate(options: {
  credentials: LocalCredentials
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
  /** Milliseconds since the epoch. */
  now?: number
}): void {
  const { credentials, headers, now = Date.now() } = options
  // Codes as in the AWS API references' "Common Error Types".
  if (!headers.authorization) {
    throw new AwsError({
      code: 'MissingAuthenticationTokenException',
      message: 'Missing Authentication Token',
    })
  }
  const authorization = parseAuthorization(headers.authorization)
  if (!authorization) {
    throw new AwsError({
      code: 'IncompleteSignature',
      message:
        'Authorization header must be AWS4-HMAC-SHA256 with Credential, SignedHeaders and Signature.',
    })
  }
  const { credential, signedHeaders } = authorization
  if (credential.accessKeyId !== credentials.accessKeyId) {
    throw new AwsError({
      code: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    })
  }
  // STS has one global endpoint, which older clients sign for us-east-1 wherever they are.
  if (credential.service !== 'sts' && credential.region !== credentials.region) {
    throw new AwsError({
      code: 'InvalidSignatureException',
      message: `Credential should be scoped to a valid region, not '${credential.region}': sagemaker-local runs as ${credentials.region}.`,
    })
  }
  const { secretAccessKey } = credentials
  if (
    !signedHeaders.includes('host') ||
    !signatureMatches({ ...options, authorization, secretAccessKey })
  )
    throw new AwsError({
      code: 'InvalidSignatureException',
      message:
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    })
  checkTime({ signedAt: String(headers['x-amz-date'] ?? ''), now })
  checkToken({ token: headers['x-amz-security-token'], now })
}

/** Milliseconds: the words of the services' refusal name five minutes (boto3 #4716, aws-sdk-js #573). */
const window = 5 * 60_000

function checkTime({ signedAt, now }: { signedAt: string; now: number }): void {
  const at = Date.parse(signedAt.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (Math.abs(at - now) <= window) return
  const isLate = at < now
  const limit = shortTime(now + (isLate ? -window : window))
  throw new AwsError({
    code: 'InvalidSignatureException',
    message: isLate
      ? `Signature expired: ${signedAt} is now earlier than ${limit} (${shortTime(now)} - 5 min.)`
      : `Signature not yet current: ${signedAt} is still later than ${limit} (${shortTime(now)} + 5 min.)`,
  })
}

function shortTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/[-:]|\.\d+/g, '')
}

/**
 * Any session token is let in, as the keys decide; one of the form `expires:<ISO time>` no longer than
 * until then, so that credentials that expire can be had here.
 */
function checkToken({ token, now }: { token: string | string[] | undefined; now: number }): void {
  const end = /^expires:(.+)$/.exec(String(token ?? ''))?.[1]
  if (end === undefined || Date.parse(end) > now) return
  throw new AwsError({
    code: 'ExpiredTokenException',
    message: 'The security token included in the request is expired',
  })
}
