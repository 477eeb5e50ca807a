/**
 * Runs a pipeline from a program and prints what happens. `examples/README.md` says how to start it.
 *
 *     node client.js [pipeline.yaml]
 *
 * Where it connects is said by the environment alone (`TEMPORAL_*`, `AWS_*`), so the same program
 * runs on the local platform and on AWS. To leave it stops nothing: the run goes on.
 */

import { Client, loadPipeline, type RunEvent } from 'holdfast'

async function main(path = 'pipeline.yaml'): Promise<void> {
  // Every fault of the file at once, with line and column; nothing has been created yet.
  const { pipeline, warnings } = await loadPipeline({ path })
  for (const warning of warnings) console.warn(`warning: ${warning}`)

  const client = await Client.connect()
  try {
    const run = await client.run(pipeline)
    console.log(run.created ? `started ${run.id}` : `${run.id} was running already`)
    if (!(await client.hasWorker())) console.warn('no worker is running: the run waits for one')

    for await (const event of run.events()) console.log(describe(event))

    const { state, metrics, gate, published, error } = await run.result()
    console.log(state, metrics)
    for (const reason of gate?.reasons ?? []) console.log(`- ${reason}`)
    for (const line of error?.logTail ?? []) console.error(line)
    if (published) console.log(`version ${published.version}: ${published.artifactUri}`)
    process.exitCode = state === 'completed' ? 0 : 1
  } finally {
    await client.close()
  }
}

function describe(event: RunEvent): string {
  switch (event.type) {
    case 'stage':
      return `${event.stage}: ${event.state}${event.note ? `, ${event.note}` : ''}`
    case 'job':
      return `  ${event.jobName}: ${event.status}, ${event.secondaryStatus}`
    case 'metric':
      return `  step ${event.step}: ${JSON.stringify(event.values)}`
    case 'interrupted':
      return `  spot capacity was taken back (interruption ${event.count})`
    case 'resumed':
      return `  resumed at step ${event.step}, ${event.lost} steps to train again`
    case 'approval':
      return `approval: ${event.approval.state}`
    case 'published':
      return `published version ${event.published.version}`
    case 'ended':
      return `ended: ${event.state}${event.error ? `, ${event.error.message}` : ''}`
  }
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
