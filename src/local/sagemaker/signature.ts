/** AWS Signature Version 4 for what reaches this server: POST requests with a body in memory. */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface Credential {
  accessKeyId: string
  date: string
  region: string
  service: string
}

export interface Authorization {
  credential: Credential
  signedHeaders: string[]
  signature: string
}

/** Undefined when the header is not a complete SigV4 one. */
export function parseAuthorization(header: string): Authorization | undefined {
  const match =
    /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
      header.trim(),
    )
  if (!match) return undefined
  const [, accessKeyId, date, region, service, signedHeaders, signature] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  return {
    credential: { accessKeyId, date, region, service },
    signedHeaders: signedHeaders.split(';'),
    signature,
  }
}

/** Whether the request was signed with this secret (SigV4 as in the AWS General Reference). */
export function signatureMatches(options: {
  authorization: Authorization
  secretAccessKey: string
  method: string
  /** As sent: path and query. */
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}): boolean {
  const { authorization, secretAccessKey, method, url, headers, body } = options
  const { credential, signedHeaders, signature } = authorization
  const [path = '/', query = ''] = url.split('?')
  const canonicalRequest = [
    method,
    // Every service but S3 encodes the path a second time.
    path
      .split('/')
      .map((part) => encode(part))
      .join('/'),
    query
      .split('&')
      .filter(Boolean)
      .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
      .sort()
      .join('&'),
    ...signedHeaders.map((name) => `${name}:${headerValue(headers, name)}`),
    '',
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n')
  const scope = `${credential.date}/${credential.region}/${credential.service}/aws4_request`
  const stringToSign = [
    'AWS4-HMAC-SHA256',
    headerValue(headers, 'x-amz-date'),
    scope,
    sha256(canonicalRequest),
  ].join('\n')
  const key = [credential.date, credential.region, credential.service, 'aws4_request'].reduce<
    string | Buffer
  >((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`)
  return timingSafeEqual(hmac(key, stringToSign), Buffer.from(signature, 'hex'))
}

function headerValue(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name]
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/\s+/g, ' ')
}

function encode(part: string): string {
  return encodeURIComponent(part).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}
