/**
 * One of the two workers that Holdfast needs, with what is ours built in.
 *
 *     node worker.js control
 *     node worker.js heavy
 *
 * Two processes, so that work on bytes never delays the look at a paid job.
 */

import { createWorker } from 'holdfast'

import * as activities from './activities'

async function main(role = ''): Promise<void> {
  if (role !== 'control' && role !== 'heavy') throw new Error('which one: control or heavy?')
  const worker = await createWorker({
    role,
    // Workflows, and the activities that they call when they name no task queue, are control's.
    ...(role === 'control' ? { activities, workflowsPath: require.resolve('./workflows') } : {}),
  })
  // Until SIGTERM or SIGINT: what is under way gets ten seconds, and no job is stopped.
  await worker.run()
}

main(process.argv[2]).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
