/** A workflow of these tests alone: one `preprocess`, whose worker is given up after ten seconds of silence. */
import { proxyActivities } from '@temporalio/workflow'

import type { HeavyActivities } from '../../activities'
import { heavyTaskQueue } from '../../src/task-queues'

const { preprocess } = proxyActivities<HeavyActivities>({
  taskQueue: heavyTaskQueue,
  startToCloseTimeout: '5m',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '100ms', backoffCoefficient: 1 },
})

export async function preprocessOnly(
  input: Parameters<HeavyActivities['preprocess']>[0],
): ReturnType<HeavyActivities['preprocess']> {
  return preprocess(input)
}
