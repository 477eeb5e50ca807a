/** A port on which the processes of one job meet. */

import { createServer } from 'node:net'

import { isTerminal, type JobRecord } from './job'

/** Below the range from which Linux and macOS take the ports of outgoing connections. */
const lowest = 20_000
const highest = 29_999

/**
 * Free now and promised to no other job. The job's first process takes it seconds later, when torch is
 * imported: that is why it does not come from the range that the system itself hands out.
 *
 * @example
 * const port = await freeMasterPort({ jobs: store.list('training') })
 */
export async function freeMasterPort(options: { jobs: JobRecord[] }): Promise<number> {
  const promised = new Set(
    options.jobs.filter((job) => !isTerminal(job)).map((job) => job.masterPort),
  )
  const start = lowest + Math.floor(Math.random() * (highest - lowest))
  for (let step = 0; step <= highest - lowest; step++) {
    const port = lowest + ((start - lowest + step) % (highest - lowest + 1))
    if (!promised.has(port) && (await isFree(port))) return port
  }
  throw new Error(`no port between ${lowest} and ${highest} is free`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    // All interfaces, as torchrun's own server does.
    server.listen(port, () => server.close(() => resolve(true)))
  })
}
