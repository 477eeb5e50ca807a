/** InvokeEndpointAsync: each request is a file until it is answered, so that none is lost by a kill. */

import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { number, text, type Json } from '../json'
import { ignoreMissing, writeDurably } from '../jobs/durable-file'
import { parseS3Uri } from '../jobs/s3-uri'
import { sleep } from '../jobs/sleep'
import { pendingOf, type Pending } from './async-request'
import { invocable, invokeEndpoint } from './endpoint-invocation'
import { RuntimeError, runtimeFault } from './runtime-error'
import { containerHeaders } from './runtime-call'
import { failureReason } from './serving-failure'
import { folderOf, now, type ServingContext } from './serving-context'

/** Seconds (API reference, InvokeEndpointAsync). */
const defaultTimeoutSeconds = 900

export interface AsyncInvocations {
  /** Resolves when the request is on disk. */
  accept(options: { endpointName: string; input: Json }): Promise<Pending>
  close(): Promise<void>
}

/** Also carries on what an earlier server has accepted. */
export async function openAsyncInvocations(options: {
  context: ServingContext
  account: string
}): Promise<AsyncInvocations> {
  const { context, account } = options
  /** One request after another for each endpoint. */
  const queues = new Map<string, Promise<void>>()
  const backlog = new Map<string, number>()
  const folder = (name: string) => join(folderOf(context, 'endpoints', name), 'requests')
  const fileOf = (pending: Pending) => join(folder(pending.endpointName), `${pending.id}.json`)

  function count({ endpointName }: Pending, change: number): void {
    const requests = (backlog.get(endpointName) ?? 0) + change
    backlog.set(endpointName, requests)
    context.requests.waiting({ endpointName, requests })
  }

  function enqueue(pending: Pending): void {
    count(pending, 1)
    const before = queues.get(pending.endpointName) ?? Promise.resolve()
    const turn = before
      .then(() => answer(pending))
      .catch((error: unknown) => {
        if (context.closing.aborted) return
        const { endpointName, inferenceId } = pending
        context.logger.error({ endpointName, inferenceId, err: error }, 'an answer is lost')
      })
      .finally(() => count(pending, -1))
    queues.set(pending.endpointName, turn)
  }

  async function answer(pending: Pending): Promise<void> {
    if (context.closing.aborted) return
    try {
      await put(pending.outputLocation, await outcome(pending))
    } catch (error) {
      if (context.closing.aborted) return
      if (pending.failureLocation) await put(pending.failureLocation, Buffer.from(reasonOf(error)))
    }
    await rm(fileOf(pending), { force: true })
  }

  async function outcome(pending: Pending): Promise<Buffer> {
    const { endpointName, input } = pending
    const from = parseS3Uri(text(input, 'InputLocation') ?? '')
    if (!from) throw runtimeFault('InputLocation is no S3 URI.')
    const file = `${fileOf(pending)}.input`
    await context.s3.get({ ...from, file, signal: context.closing })
    const body = await readFile(file)
    await rm(file)
    for (;;) {
      try {
        const { answer } = await invokeEndpoint({
          serving: context,
          account,
          endpointName,
          targetVariant: undefined,
          headers: containerHeaders(input),
          body,
          timeoutMs: (number(input, 'InvocationTimeoutSeconds') ?? defaultTimeoutSeconds) * 1000,
          // The next server finds the request's file and asks again.
          signal: context.closing,
        })
        return answer.body
      } catch (error) {
        const isAway = error instanceof RuntimeError && error.code === 'ServiceUnavailable'
        if (!isAway || now() > pending.expiresAt || context.closing.aborted) throw error
        await sleep(500, context.closing)
      }
    }
  }

  async function put(uri: string, body: Buffer): Promise<void> {
    const at = parseS3Uri(uri)
    if (at) await context.s3.put({ ...at, body, signal: context.closing })
  }

  for (const name of Object.keys(context.store.read().endpoints)) {
    for (const pending of await pendingIn(folder(name))) enqueue(pending)
  }

  return {
    async accept({ endpointName, input }) {
      const pending = pendingOf({
        endpoint: invocable({ serving: context, account, endpointName }),
        input,
      })
      await writeDurably({ file: fileOf(pending), text: JSON.stringify(pending) })
      enqueue(pending)
      return pending
    },
    async close() {
      await Promise.all(queues.values())
    },
  }
}

async function pendingIn(folder: string): Promise<Pending[]> {
  const names = (await readdir(folder).catch(ignoreMissing)) ?? []
  const files = names.filter((name) => name.endsWith('.json'))
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.map((each) => JSON.parse(each) as Pending)
}

function reasonOf(error: unknown): string {
  const original = error instanceof RuntimeError ? error.members.OriginalMessage : undefined
  return typeof original === 'string' ? original : failureReason(error)
}
