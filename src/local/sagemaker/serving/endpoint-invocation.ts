/** InvokeEndpoint: which variant answers, and what its answer or its failure becomes. */

import { join } from 'node:path'
import type { Reply } from '../operations/context'
import { portOf } from './inference-process'
import { invokeModel, NoModelAnswer, type ModelAnswer } from './invoke'
import { endpointNotFound, modelFailed, notReady, runtimeFault } from './runtime-error'
import { folderOf, type ServingContext } from './serving-context'
import { logPlace } from './serving-log'
import type { Endpoint, Variant } from './serving-state'

/** Milliseconds: what the service gives a container for a real-time request (API reference). */
export const realTimeMs = 60_000

export interface Invocation {
  serving: ServingContext
  account: string
  endpointName: string
  targetVariant: string | undefined
  /** Content-Type, Accept, Custom-Attributes: what the container gets to see. */
  headers: Record<string, string>
  body: Buffer
  timeoutMs: number
  signal?: AbortSignal
}

export interface Invoked {
  answer: ModelAnswer
  variant: Variant
}

/** An endpoint that can be asked, or the refusal. */
export function invocable(options: {
  serving: ServingContext
  account: string
  endpointName: string
}): Endpoint & Required<Pick<Endpoint, 'live'>> {
  const { serving, account, endpointName } = options
  const { endpoints } = serving.store.read()
  const endpoint = Object.hasOwn(endpoints, endpointName) ? endpoints[endpointName] : undefined
  if (!endpoint || endpoint.status === 'Deleting') throw endpointNotFound(endpointName, account)
  const { live, status } = endpoint
  if (live && status !== 'OutOfService') return { ...endpoint, live }
  throw runtimeFault(`Endpoint ${endpointName} is ${status} and cannot be invoked.`)
}

/** Throws ModelError when the container answers with an error. */
export async function invokeEndpoint(invocation: Invocation): Promise<Invoked> {
  const { serving, endpointName, headers, body, timeoutMs, signal } = invocation
  const variant = chooseVariant(chooseFleet(invocable(invocation)), invocation)
  const run = join(folderOf(serving, 'endpoints', endpointName), `run-${variant.instance}`)
  try {
    // Counted from the choice on: an update that ends this variant waits for the request.
    const answer = await serving.inFlight.during(run, async () => {
      const port = await portOf(run)
      if (port === undefined) throw notReady(endpointName)
      serving.requests.invoked({ endpointName, variantName: variant.name })
      return invokeModel({ port, headers, body, timeoutMs, ...(signal && { signal }) })
    })
    if (answer.status >= 200 && answer.status < 300) return { answer, variant }
    const { status, body: said } = answer
    throw failed(invocation, variant, { status, message: said.toString('utf8') })
  } catch (error) {
    if (!(error instanceof NoModelAnswer)) throw error
    throw failed(invocation, variant, { status: 0, message: error.message })
  }
}

/** While an update moves the traffic, a share of the requests goes to the new fleet. */
function chooseFleet({ live, next, rollout }: ReturnType<typeof invocable>): Variant[] {
  const isNew = next !== undefined && rollout !== undefined && Math.random() < rollout.share
  return (isNew ? next : live).variants
}

/** By weight, at random, as the service does; or the one that is named. */
function chooseVariant(variants: Variant[], { targetVariant, endpointName }: Invocation): Variant {
  if (targetVariant !== undefined) {
    const named = variants.find(({ name }) => name === targetVariant)
    if (named) return named
    throw runtimeFault(`Variant ${targetVariant} of endpoint ${endpointName} not found.`)
  }
  const sum = variants.reduce((total, { weight }) => total + weight, 0)
  let left = Math.random() * sum
  const chosen = variants.find(({ weight }) => (left -= weight) < 0) ?? variants.at(-1)
  if (!chosen) throw runtimeFault(`Endpoint ${endpointName} has no variant.`)
  return chosen
}

function failed(
  { serving, account, endpointName }: Invocation,
  { name: variant, instance }: Variant,
  original: { status: number; message: string },
): Error {
  const place = logPlace({ kind: 'endpoints', name: endpointName, variant, instance })
  return modelFailed({ ...original, region: serving.region, account, place })
}

/** The headers of the answer are the runtime's own members; the body passes as it is. */
export function replyOf({ answer, variant }: Invoked): Reply & { body: Buffer } {
  const custom = answer.headers[customAttributes]
  return {
    output: {},
    body: answer.body,
    headers: {
      'content-type': answer.headers['content-type'] ?? 'application/octet-stream',
      'x-amzn-invoked-production-variant': variant.name,
      ...(typeof custom === 'string' ? { [customAttributes]: custom } : {}),
    },
  }
}

export const customAttributes = 'x-amzn-sagemaker-custom-attributes'
