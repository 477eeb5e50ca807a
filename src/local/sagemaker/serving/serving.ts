/** The part of sagemaker-local that serves models: endpoints, asynchronous requests, batch transform. */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import type { JobLogger } from '../jobs/logger'
import type { RequestMetrics } from '../metrics/request-metrics'
import { findOptMl, type OptMl } from '../jobs/opt-ml'
import { createS3Transfer } from '../jobs/s3-transfer'
import { raisedAlarms } from './alarms'
import { openAsyncInvocations, type AsyncInvocations } from './async-invocations'
import { driveEndpoint, type EndpointDriver } from './endpoint-driver'
import { createInFlight } from './in-flight'
import { folderOf, type ServingContext } from './serving-context'
import { openServingStore, type ServingStore } from './serving-state'
import { driveTransform, type TransformDriver } from './transform-driver'

export interface Serving {
  store: ServingStore
  context: ServingContext
  later: AsyncInvocations
  /** Brings an endpoint to where its record says that it should be; for one that is deleted, at once. */
  driveEndpoint(name: string): void
  /** Runs a transform job, or stops the one whose record says so. */
  driveTransform(name: string): void
  /** Leaves inference processes running: the next server finds them again. */
  close(): Promise<void>
}

/** Seconds that one step goes on trying while S3 does not answer. */
const s3PatienceSeconds = 60

/**
 * Carries on everything that an earlier server left, whether it was closed or killed.
 *
 * @example
 * const serving = await openServing({ folder: '.holdfast/sagemaker', region: 'us-east-1', account, requests })
 * serving.driveEndpoint('reviews')
 */
export async function openServing(options: {
  /** `<data-dir>/sagemaker`. */
  folder: string
  region: string
  account: string
  requests: RequestMetrics
  /** Default: seconds as they are. */
  timeScale?: () => number
  /** Default: none. */
  nextFault?: ServingContext['nextFault']
  logger?: JobLogger
}): Promise<Serving> {
  const { folder, region, account, requests, logger = pino({ name: 'sagemaker-local' }) } = options
  const closing = new AbortController()
  const s3 = createS3Transfer({ region, patienceSeconds: s3PatienceSeconds })
  const store = await openServingStore({ file: join(folder, 'serving.json') })
  let optMl: Promise<OptMl> | undefined
  const context: ServingContext = {
    folder,
    region,
    store,
    s3,
    // Asked of the machine only when something is served.
    optMl: () => (optMl ??= findOptMl({ mode: 'auto' })),
    inFlight: createInFlight(),
    requests,
    logger,
    timeScale: options.timeScale ?? (() => 1),
    nextFault: options.nextFault ?? (() => undefined),
    raisedAlarms,
    closing: closing.signal,
  }
  const endpoints = new Map<string, EndpointDriver>()
  const transforms = new Map<string, TransformDriver>()

  const serving: Serving = {
    store,
    context,
    later: await openAsyncInvocations({ context, account }),
    driveEndpoint(name) {
      const isDeleting = store.read().endpoints[name]?.status === 'Deleting'
      if (isDeleting) endpoints.get(name)?.end()
      if (endpoints.has(name)) return
      const driver = driveEndpoint(context, name)
      endpoints.set(name, driver)
      void driver.done.then(() => endpoints.delete(name))
    },
    driveTransform(name) {
      const isStopping = store.read().transforms[name]?.status === 'Stopping'
      if (isStopping) transforms.get(name)?.stop()
      if (transforms.has(name)) return
      const driver = driveTransform(context, name)
      transforms.set(name, driver)
      void driver.done.then(() => transforms.delete(name))
    },
    async close() {
      closing.abort()
      const drivers = [...endpoints.values(), ...transforms.values()]
      await Promise.all(drivers.map(({ done }) => done))
      await serving.later.close()
      s3.close()
    },
  }
  const { endpoints: known, transforms: jobs } = store.read()
  for (const name of Object.keys(known)) serving.driveEndpoint(name)
  for (const { name, status } of Object.values(jobs)) {
    if (status === 'InProgress' || status === 'Stopping') serving.driveTransform(name)
    // A kill came between the end's record and the folder's removal.
    else await rm(folderOf(context, 'transforms', name), { recursive: true, force: true })
  }
  return serving
}
