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
 * runs code. Age is not checked: a laptop that slept must not lock itself out, and whoever could
 * replay a request from this machine's loopback could as well read the credentials.
 */
export function authenticate(options: {
  credentials: LocalCredentials
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}): void {
  const { credentials, headers } = options
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
    signedHeaders.includes('host') &&
    signatureMatches({ ...options, authorization, secretAccessKey })
  )
    return
  throw new AwsError({
    code: 'InvalidSignatureException',
    message:
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
  })
}
