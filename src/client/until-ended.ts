import { setTimeout as sleep } from 'node:timers/promises'

import type { Session } from './session'

/** Milliseconds between two looks, should waiting on the server come to nothing. */
const period = 500

/** The status at the end, whatever the outcome; executions that continue one another are one. */
export async function untilEnded<Status extends { state: string }>(options: {
  id: string
  /** Default: the newest execution of the id. */
  runId?: string
  session: Session
  status: () => Promise<Status>
}): Promise<Status> {
  const { id, runId, session, status } = options
  // The end is waited for on the server; how it ended is what `status` says, not an exception.
  await session.temporal.workflow
    .getHandle(id, runId)
    .result()
    .catch(() => undefined)
  for (;;) {
    const now = await status()
    if (now.state !== 'running') return now
    await sleep(period)
  }
}
