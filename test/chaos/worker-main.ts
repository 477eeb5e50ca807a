/**
 * A worker process of the chaos suite: `node dist/test/chaos/worker-main.js control|heavy`. It is
 * Holdfast's own worker, built by its public functions, with fault points hung into its AWS clients.
 * `HOLDFAST_FAULT_POINT=name:nth` kills it when a point is met for the nth time.
 */
import { NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { pino } from 'pino'

import { controlActivities, heavyActivities } from '../../activities'
import { workerDependencies, workerOptions, type WorkerRole } from '../../src/worker'
import { meetFaultPoints } from './meet-fault-points'

async function main(): Promise<void> {
  const role: WorkerRole = process.argv[2] === 'heavy' ? 'heavy' : 'control'
  const log = pino({ name: `chaos-${role}` })
  Runtime.install({
    logger: {
      log: (level, message, meta) => log.info({ level, ...meta }, message),
      trace: () => undefined,
      debug: () => undefined,
      info: (message, meta) => log.info(meta ?? {}, message),
      warn: (message, meta) => log.warn(meta ?? {}, message),
      error: (message, meta) => log.error(meta ?? {}, message),
    },
  })
  // The harness may be killed outright; without it nobody would end us.
  process.on('disconnect', () => process.exit(1))
  const connection = await NativeConnection.connect({
    address: process.env['TEMPORAL_ADDRESS'] ?? '',
  })
  const shared = { connection, namespace: 'default', log }
  const deps = await workerDependencies(shared)
  meetFaultPoints({
    clients: deps,
    folder: process.env['HOLDFAST_CHAOS_ORDERS'] ?? '',
    nth: process.env['HOLDFAST_FAULT_POINT'],
  })
  const worker = await Worker.create({
    ...(await workerOptions({ ...shared, role })),
    activities: role === 'control' ? controlActivities(deps) : heavyActivities(deps),
    // Sticky tasks of a worker that is gone come back sooner than after the default 10 s.
    ...(role === 'control' ? { stickyQueueScheduleToStartTimeout: '3s' } : {}),
  })
  process.send?.('ready')
  await worker.run()
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
