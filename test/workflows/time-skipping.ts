import { join } from 'node:path'

import { TestWorkflowEnvironment } from '@temporalio/testing'
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker'

import { searchAttributes } from '../../src/search-attributes'
import { packageRoot } from '../../src/package-root'
import { controlTaskQueue, heavyTaskQueue } from '../../src/task-queues'
import type { scriptedWorld } from './scripted-world'

export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const path = process.env['HOLDFAST_TEMPORAL_TEST_SERVER']
  if (path === undefined)
    throw new Error('HOLDFAST_TEMPORAL_TEST_SERVER is not set: run the tests through `npm test`')
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  })
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

/** temporal.api.enums.v1.IndexedValueType */
const indexedValueType: Record<string, 1 | 2 | 3 | 4> = { TEXT: 1, KEYWORD: 2, INT: 3, DOUBLE: 4 }

/** Runs both workers around `work`; a worker never outlives its test. */
export async function withWorkers<T>(options: {
  env: TestWorkflowEnvironment
  world: ReturnType<typeof scriptedWorld>
  work: () => Promise<T>
}): Promise<T> {
  const { env, world, work } = options
  const connection = env.nativeConnection
  const heavy = await Worker.create({
    connection,
    taskQueue: heavyTaskQueue,
    activities: world.heavy,
  })
  const control = await Worker.create({
    connection,
    taskQueue: controlTaskQueue,
    activities: world.control,
    workflowBundle: { codePath: join(packageRoot(), 'dist', 'workflow-bundle.js') },
  })
  return heavy.runUntil(control.runUntil(work))
}
