/** The metrics of requests to endpoints, as SageMaker itself puts them into CloudWatch. */

import type { CustomMetrics } from './custom-metrics'
import { identityKey, noUnit, type MetricIdentity, type Sample } from './sample'

/** Where SageMaker puts what endpoints are asked. */
export const servingNamespace = 'AWS/SageMaker'

export interface RequestMetrics {
  /** A request was sent to this variant: `Invocations`. */
  invoked(options: { endpointName: string; variantName: string }): void
  /** So many asynchronous requests wait or are being answered: `ApproximateBacklogSize`. */
  waiting(options: { endpointName: string; requests: number }): void
  /** Resolves when all of them can be read. */
  written(): Promise<void>
}

/**
 * What comes while a write is under way goes into the next one, summed up: a busy endpoint does not
 * wait for the disk, and writes a few lines a second.
 */
export function createRequestMetrics(options: {
  custom: Pick<CustomMetrics, 'put'>
  /** Milliseconds since the epoch. */
  now: () => number
  onError: (error: unknown) => void
}): RequestMetrics {
  const { custom, now, onError } = options
  let due = new Map<string, { identity: MetricIdentity; sample: Sample }>()
  let writing: Promise<void> | undefined

  async function write(): Promise<void> {
    while (due.size > 0) {
      const added = [...due.values()]
      due = new Map()
      await custom.put(added).catch(onError)
    }
    writing = undefined
  }

  function note(identity: MetricIdentity, value: number): void {
    const key = identityKey(identity)
    const { sample } = due.get(key) ?? {}
    due.set(key, {
      identity,
      sample: {
        at: now(),
        unit: noUnit,
        count: (sample?.count ?? 0) + 1,
        sum: (sample?.sum ?? 0) + value,
        minimum: Math.min(sample?.minimum ?? value, value),
        maximum: Math.max(sample?.maximum ?? value, value),
      },
    })
    writing ??= write()
  }

  return {
    invoked: ({ endpointName, variantName }) =>
      note(metricOf('Invocations', { EndpointName: endpointName, VariantName: variantName }), 1),
    waiting: ({ endpointName, requests }) =>
      note(metricOf('ApproximateBacklogSize', { EndpointName: endpointName }), requests),
    written: async () => {
      await writing
    },
  }
}

function metricOf(name: string, about: Record<string, string>): MetricIdentity {
  const dimensions = Object.entries(about).map(([Name, Value]) => ({ Name, Value }))
  return { namespace: servingNamespace, name, dimensions }
}
