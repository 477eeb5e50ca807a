/** Reads a request's body, but no more of it than is allowed. */

import type { IncomingMessage } from 'node:http'
import { AwsError } from './aws-error'

/** Bytes. The largest real request, CreateTrainingJob with full hyperparameters, is about 0.5 MB. */
export const mostBodyBytes = 4 * 1024 * 1024

export async function readBody(
  request: IncomingMessage,
  mostBytes = mostBodyBytes,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    // The rest is read and thrown away: closing at once would lose the answer on its way.
    if (size <= mostBytes) chunks.push(chunk)
    if (size > 16 * mostBytes) break
  }
  if (size > mostBytes) {
    throw new AwsError({
      code: 'RequestEntityTooLargeException',
      message: `The request is larger than ${mostBytes} bytes.`,
      status: 413,
    })
  }
  return Buffer.concat(chunks)
}
