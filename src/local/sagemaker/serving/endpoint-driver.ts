/**
 * The life of one endpoint: starts what is asked for, keeps what serves, ends what is no longer used.
 * What it does follows from the record alone, so a new server goes on from wherever the last one was.
 */

import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { number } from '../json'
import { ignoreMissing } from '../jobs/durable-file'
import { inspect } from '../jobs/job-process'
import type { LogStream } from '../jobs/log-stream'
import { sleep } from '../jobs/sleep'
import { endInference } from './inference-process'
import { becomeReady, defaultStartupSeconds, openInferenceLog } from './inference-start'
import { folderOf, newInstance, now, type ServingContext } from './serving-context'
import { failureReason } from './serving-failure'
import { logPlace } from './serving-log'
import type { Endpoint, Variant } from './serving-state'
import { nextShare, trafficPlan, type TrafficPlan } from './traffic'

/** Milliseconds between two looks at an endpoint that serves. */
const lookMs = 500
/** Milliseconds before a variant that could not be started again is tried once more. */
const againMs = 5_000
/** Milliseconds that a replaced variant has for what it is answering: the longest real-time request. */
const drainMs = 60_000

export interface EndpointDriver {
  /** The record says Deleting: whatever is under way is given up. */
  end(): void
  /** Resolves when the endpoint is gone or the server closes; never rejects. */
  done: Promise<void>
}

export function driveEndpoint(context: ServingContext, name: string): EndpointDriver {
  const { store, closing, logger } = context
  const ending = new AbortController()
  const signal = AbortSignal.any([closing, ending.signal])
  const folder = folderOf(context, 'endpoints', name)
  const logs = new Map<string, LogStream>()
  let deploying: Promise<void> | undefined
  /** Starts of variants that are being looked after: one that is slow to come back holds up no other. */
  const kept = new Map<string, Promise<void>>()

  const current = (): Endpoint | undefined => store.read().endpoints[name]
  const runOf = (variant: Variant) => join(folder, `run-${variant.instance}`)
  const placeOf = ({ name: variant, instance }: Variant) =>
    logPlace({ kind: 'endpoints', name, variant, instance })

  async function run(): Promise<void> {
    await endUnused()
    for (let endpoint = current(); endpoint && !closing.aborted; endpoint = current()) {
      if (endpoint.status === 'Deleting') {
        await Promise.all([deploying, ...kept.values()])
        await remove()
        return
      }
      const { next, live, rollout, retired } = endpoint
      if (next)
        deploying ??= (rollout ? shift(endpoint) : deploy(next))
          .catch(report)
          .finally(() => (deploying = undefined))
      for (const variant of live?.variants ?? []) lookAfter(variant)
      if (rollout) for (const variant of next?.variants ?? []) lookAfter(variant)
      if (retired && now() >= retired.until) await endRetired().catch(report)
      await sleep(lookMs, signal)
    }
    await Promise.all([deploying, ...kept.values()])
  }

  /** One look at a time; what goes wrong in one, such as a full disk, need not in the next. */
  function lookAfter(variant: Variant): void {
    if (kept.has(variant.instance)) return
    const again = { ...variant, instance: newInstance() }
    const looking = keep(variant, again)
      .catch(report)
      .finally(() => [variant, again].forEach(({ instance }) => kept.delete(instance)))
    // A variant that comes back under its new start is in the same hands.
    for (const { instance } of [variant, again]) kept.set(instance, looking)
  }

  async function deploy(next: NonNullable<Endpoint['next']>): Promise<void> {
    const failures = (await Promise.allSettled(next.variants.map(start))).filter(
      (outcome) => outcome.status === 'rejected',
    )
    if (signal.aborted) return
    const [failure] = failures
    await change((endpoint) => {
      if (failure) fail(endpoint, failureReason(failure.reason))
      else if (endpoint.live) endpoint.rollout = { share: 0, since: 0 }
      else succeed(endpoint, next)
    })
    const { rollout } = current() ?? {}
    if (!rollout) await endUnused()
  }

  /** One look at an update whose new fleet is healthy: the next share of the traffic, the end, or the way back. */
  async function shift(endpoint: Endpoint): Promise<void> {
    const { next, rollout, deploymentConfig } = endpoint
    if (!next || !rollout) return
    const plan = trafficPlan({ deploymentConfig, variants: next.variants })
    const why = await whyBack({ plan, next, share: rollout.share })
    const waited = (now() - rollout.since) * context.timeScale() >= plan.waitSeconds
    if (why === undefined && rollout.share > 0 && !waited) return
    const share = nextShare(plan, rollout)
    const isOver = why === undefined && share === null
    const fault = isOver ? context.nextFault(name) : undefined
    await change((changed) => {
      if (why !== undefined) fail(changed, why)
      else if (share !== null) changed.rollout = { share, since: now() }
      else if (fault === 'updateRollbackFailed') failBothWays(changed)
      else succeed(changed, next, plan.terminationWaitSeconds / context.timeScale())
      if (fault === 'outOfService') changed.status = 'OutOfService'
    })
    if (why !== undefined || share === null) await endUnused()
  }

  /** What rolls an update back, in the words that Describe shows; these are ours. */
  async function whyBack(options: {
    plan: TrafficPlan
    next: NonNullable<Endpoint['next']>
    share: number
  }): Promise<string | undefined> {
    const { plan, next, share } = options
    const [raised] = share > 0 ? await context.raisedAlarms(plan.alarms) : []
    if (raised !== undefined) return `One or more alarms were tripped during deployment: ${raised}.`
    const took = (now() - (next.startedAt ?? now())) * context.timeScale()
    if (plan.mostSeconds === undefined || took <= plan.mostSeconds) return undefined
    return `The deployment did not end within its MaximumExecutionTimeoutInSeconds of ${plan.mostSeconds}.`
  }

  async function endRetired(): Promise<void> {
    await store.update((state) => delete state.endpoints[name]?.retired)
    await endUnused()
  }

  async function start(variant: Variant): Promise<void> {
    const log = await becomeReady({
      context,
      container: variant.container,
      run: runOf(variant),
      signal,
      place: placeOf(variant),
      withinSeconds:
        number(variant.request, 'ContainerStartupHealthCheckTimeoutInSeconds') ??
        defaultStartupSeconds,
      // As the service words it.
      unhealthy: `The primary container for production variant ${variant.name} did not pass the ping health check. Please check CloudWatch logs for this endpoint.`,
    })
    logs.set(variant.instance, log)
  }

  /** Follows a variant's log, and starts its process `again` when that has ended. */
  async function keep(variant: Variant, again: Variant): Promise<void> {
    const { state } = await inspect(runOf(variant))
    const log =
      logs.get(variant.instance) ??
      (await openInferenceLog({ context, run: runOf(variant), place: placeOf(variant) }))
    logs.set(variant.instance, log)
    await log.pump({ final: state !== 'running' })
    if (state === 'running' || signal.aborted) return
    logger.warn({ endpoint: name, variant: variant.name }, 'the inference process ended; starting')
    logs.delete(variant.instance)
    await change((endpoint) => {
      for (const variants of [endpoint.live?.variants ?? [], endpoint.next?.variants ?? []]) {
        const index = variants.findIndex((each) => each.instance === variant.instance)
        if (index >= 0) variants[index] = again
      }
    })
    await endInference(runOf(variant))
    await start(again).catch(async (error: unknown) => {
      if (signal.aborted) return
      logger.error({ endpoint: name, reason: failureReason(error) }, 'it could not be started')
      await sleep(againMs, signal)
    })
  }

  async function change(apply: (endpoint: Endpoint) => void): Promise<void> {
    await store.update((state) => {
      const endpoint = state.endpoints[name]
      if (!endpoint || endpoint.status === 'Deleting') return
      apply(endpoint)
      endpoint.lastModifiedTime = now()
    })
  }

  /** Whatever start of this endpoint is neither live nor becoming so: the former variants, what failed. */
  async function endUnused(): Promise<void> {
    const { live, next, retired } = current() ?? {}
    const used = [live, next, retired].flatMap((each) => each?.variants.map(runOf) ?? [])
    const names = (await readdir(folder).catch(ignoreMissing)) ?? []
    const runs = names.filter((each) => each.startsWith('run-')).map((each) => join(folder, each))
    for (const unused of runs.filter((each) => !used.includes(each))) {
      await context.inFlight.drained({ run: unused, withinMs: drainMs, signal })
      // Asked before the folder goes: its last lines are in there.
      const instance = basename(unused).slice('run-'.length)
      await logs.get(instance)?.pump({ final: true })
      logs.delete(instance)
      await endInference(unused)
    }
  }

  async function remove(): Promise<void> {
    const names = (await readdir(folder).catch(ignoreMissing)) ?? []
    for (const each of names.filter((each) => each.startsWith('run-')))
      await endInference(join(folder, each))
    await rm(folder, { recursive: true, force: true })
    await store.update((state) => delete state.endpoints[name])
  }

  function report(error: unknown): void {
    logger.error({ endpoint: name, err: error }, 'the endpoint could not be looked after')
  }

  return { end: () => ending.abort(), done: run().catch(report) }
}

/** API reference, EndpointStatus: an update that fails is rolled back, and the endpoint is InService again. */
function fail(endpoint: Endpoint, reason: string): void {
  endpoint.status = endpoint.live ? 'InService' : 'Failed'
  endpoint.failureReason = reason
  delete endpoint.next
  delete endpoint.rollout
}

/** API reference, EndpointStatus; that the old fleet alone answers is ours, and so are the words. */
function failBothWays(endpoint: Endpoint): void {
  fail(endpoint, 'Both the update and its rollback failed.')
  endpoint.status = 'UpdateRollbackFailed'
}

function succeed(
  endpoint: Endpoint,
  { asyncConfig, configName, variants }: NonNullable<Endpoint['next']>,
  keepSeconds = 0,
): void {
  endpoint.status = 'InService'
  if (endpoint.live && keepSeconds > 0)
    endpoint.retired = { ...endpoint.live, until: now() + keepSeconds }
  endpoint.live = { configName, variants }
  if (asyncConfig) endpoint.asyncConfig = asyncConfig
  else delete endpoint.asyncConfig
  delete endpoint.failureReason
  delete endpoint.next
  delete endpoint.rollout
}
