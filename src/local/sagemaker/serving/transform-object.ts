/** One object of a transform job's input: in batches through the model, and put together again. */

import { number, object, text, type Json } from '../json'
import { sleep } from '../jobs/sleep'
import { dataProcessingOf } from './data-processing'
import { invokeModel, NoModelAnswer, type ModelAnswer } from './invoke'
import { ServingFailure } from './serving-failure'
import { batchesOf, recordsOf, refuseLarge, splitOf } from './transform-batches'

interface Transforming {
  request: Json
  port: number
  content: Buffer
  signal: AbortSignal
}

/** API reference, ModelClientConfig: 600 seconds and 3 retries unless given. */
const defaultTimeoutSeconds = 600
const defaultRetries = 3

export async function transformObject(options: Transforming): Promise<Buffer> {
  const { request, content } = options
  const split = splitOf(request)
  const processing = dataProcessingOf(request)
  const separator = assembles(request) ? '\n' : ''
  if (!split.byLine && !processing.reads) {
    refuseLarge(split, content.length)
    const answer = await ask({ ...options, content })
    return Buffer.concat([answer, Buffer.from(separator)])
  }
  const records = recordsOf(split, content.toString('utf8'))
  const batches = batchesOf(
    split,
    records.map((record) => processing.toModel(record)),
  )
  const parts: string[] = []
  for (const batch of batches) {
    const answer = (await ask({ ...options, content: Buffer.from(batch.join('\n')) })).toString()
    const from = records.splice(0, batch.length)
    if (!processing.reads) parts.push(answer)
    else
      answersOf({ answer, count: batch.length }).forEach((each, index) =>
        parts.push(processing.toOutput({ record: from[index] ?? '', answer: each })),
      )
  }
  return Buffer.from(parts.map((part) => withoutNewline(part, separator) + separator).join(''))
}

function assembles(request: Json): boolean {
  return text(object(request, 'TransformOutput') ?? {}, 'AssembleWith') === 'Line'
}

/** An answer that already ends its line does not get a second end. */
function withoutNewline(part: string, separator: string): string {
  return separator === '' ? part : part.replace(/\r?\n$/, '')
}

/** Filters and joins need one answer to each record: one to a line. */
function answersOf(options: { answer: string; count: number }): string[] {
  const { answer, count } = options
  if (count === 1) return [answer.trim()]
  const lines = answer.trim().split('\n')
  if (lines.length === count) return lines
  throw new ServingFailure(
    `ClientError: the model answered ${lines.length} lines to ${count} records; DataProcessing needs one to each (BatchStrategy SingleRecord gives it).`,
  )
}

async function ask(options: Transforming): Promise<Buffer> {
  const { request, signal } = options
  const client = object(request, 'ModelClientConfig') ?? {}
  const retries = number(client, 'InvocationsMaxRetries') ?? defaultRetries
  for (let attempt = 0; ; attempt++) {
    const answer = await answerOf(options, number(client, 'InvocationsTimeoutInSeconds'))
    if (answer.status >= 200 && answer.status < 300) return answer.body
    if (answer.status < 500 || attempt >= retries)
      throw new ServingFailure(
        `ClientError: See job logs for more information. Bad HTTP status received from algorithm: ${answer.status} ${answer.body.toString('utf8')}`,
      )
    await sleep(200 * 2 ** attempt, signal)
  }
}

async function answerOf(
  { request, port, content, signal }: Transforming,
  timeoutSeconds = defaultTimeoutSeconds,
): Promise<Pick<ModelAnswer, 'status' | 'body'>> {
  const contentType = text(object(request, 'TransformInput') ?? {}, 'ContentType')
  const accept = text(object(request, 'TransformOutput') ?? {}, 'Accept')
  const headers = {
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    ...(accept === undefined ? {} : { accept }),
  }
  try {
    const timeoutMs = timeoutSeconds * 1000
    return await invokeModel({ port, body: content, headers, timeoutMs, signal })
  } catch (error) {
    if (!(error instanceof NoModelAnswer)) throw error
    return { status: 503, body: Buffer.from(error.message) }
  }
}
