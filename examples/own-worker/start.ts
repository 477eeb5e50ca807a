/**
 * Starts our own workflow with Temporal's own client, and waits for its result.
 *
 *     node start.js [pipeline.yaml]
 */

import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { controlTaskQueue, loadPipeline } from 'holdfast'

import type { retrainAndTell } from './workflows'

async function main(path = 'pipeline.yaml'): Promise<void> {
  const { pipeline } = await loadPipeline({ path })
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig()
  const connection = await Connection.connect(connectionOptions)
  try {
    const client = new Client({ connection, namespace })
    const { outcome, state } = await client.workflow.execute<typeof retrainAndTell>(
      'retrainAndTell',
      {
        // One at a time: a second start while this one runs is refused by Temporal.
        workflowId: `retrain-${pipeline.name}`,
        taskQueue: controlTaskQueue,
        args: [{ pipeline }],
      },
    )
    console.log(outcome, state.metrics)
    if (state.published) console.log(`version ${state.published.version}`)
  } finally {
    await connection.close()
  }
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
