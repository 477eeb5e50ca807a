import { join } from 'node:path'

import { ApplicationFailure } from '@temporalio/common'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'

import { controlActivities, heavyActivities, type Dependencies } from '../../activities'
import { searchAttributes } from '../../src/search-attributes'
import { packageRoot } from '../../src/package-root'
import { controlTaskQueue, heavyTaskQueue } from '../../src/task-queues'
import type { scriptedWorld } from './scripted-world'

export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const path = process.env['HOLDFAST_TEMPORAL_TEST_SERVER']
  if (path === undefined)
    throw new Error('HOLDFAST_TEMPORAL_TEST_SERVER is not set: run the tests through `npm test`')
  installQuietRuntime()
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  })
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(
      Object.values(searchAttributes).map(({ name, type }) => [name, indexedValueType[type] ?? 2]),
    ),
  })
  return env
}

/** One that stands still for `limit` milliseconds is terminated, so that no call outlives the test's server. */
export async function resultWithin<Result>(
  limit: number,
  handle: { result(): Promise<Result>; terminate(reason: string): Promise<unknown> },
): Promise<Result> {
  const timer = setTimeout(() => void handle.terminate('the test gave up').catch(() => null), limit)
  try {
    return await handle.result()
  } finally {
    clearTimeout(timer)
  }
}

let installed = false

/** Once for a process. */
function installQuietRuntime(): void {
  if (installed) return
  installed = true
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  })
}

/** temporal.api.enums.v1.IndexedValueType */
const indexedValueType: Record<string, 1 | 2 | 3 | 4> = { TEXT: 1, KEYWORD: 2, INT: 3, DOUBLE: 4 }

type World = ReturnType<typeof scriptedWorld>

/**
 * Both workers, for all tests of a file; each test brings its own world. (A worker for each test
 * would now and then lose a task to the poll of the one just ended, and time does not skip while a
 * lost task runs into its time-out.)
 */
export async function startWorkers(env: TestWorkflowEnvironment) {
  let world: World | undefined
  const none = {} as Dependencies
  const verbs = { control: controlActivities(none), heavy: heavyActivities(none) }
  const delegates = (kind: 'control' | 'heavy') =>
    new Proxy(
      {},
      {
        get: (_target, name: string) => (input: unknown) => {
          if (world === undefined) throw new Error(`${name} was called outside a test`)
          const scripted = world[kind] as Record<string, (input: unknown) => unknown>
          if (!scripted[name]) throw ApplicationFailure.nonRetryable(`${name} is not scripted`)
          return scripted[name](input)
        },
        has: () => true,
        ownKeys: () => Object.keys(verbs[kind]),
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
      },
    )
  const connection = env.nativeConnection
  const heavy = await Worker.create({
    connection,
    taskQueue: heavyTaskQueue,
    activities: delegates('heavy'),
  })
  const control = await Worker.create({
    connection,
    taskQueue: controlTaskQueue,
    activities: delegates('control'),
    workflowBundle: { codePath: join(packageRoot(), 'dist', 'workflow-bundle.js') },
  })
  const running = Promise.all([heavy.run(), control.run()])
  return {
    async inWorld<T>(options: { world: World; work: () => Promise<T> }): Promise<T> {
      world = options.world
      return options.work()
    },
    async stop() {
      heavy.shutdown()
      control.shutdown()
      await running
    },
  }
}

export type Workers = Awaited<ReturnType<typeof startWorkers>>

/**
 * A server and workers of its own for each test of a file: the time-skipping server now and then stands
 * still late in a row of tests (seen three times in some forty rows, always in the last test and on a
 * busy machine). For the same reason a test that fails is tried again, and its error logged.
 *
 * @example
 * let env: TestWorkflowEnvironment
 * let workers: Workers
 * eachInItsOwnTime({ begin: (own) => ({ env, workers } = own) })
 */
export function eachInItsOwnTime(options: {
  begin: (own: { env: TestWorkflowEnvironment; workers: Workers }) => void
  /** Before there are workers. */
  prepare?: (env: TestWorkflowEnvironment) => Promise<void>
  /** After the test, while all still runs. */
  end?: () => Promise<void>
}): void {
  const { begin, prepare, end } = options
  let own: { env: TestWorkflowEnvironment; workers: Workers }
  jest.retryTimes(2, { logErrorsBeforeRetry: true })
  beforeEach(async () => {
    const env = await timeSkippingEnvironment()
    await prepare?.(env)
    own = { env, workers: await startWorkers(env) }
    begin(own)
  }, 120_000)
  afterEach(async () => {
    await end?.()
    await own.workers.stop()
    await own.env.teardown()
  }, 120_000)
}
