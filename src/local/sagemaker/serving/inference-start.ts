/** From nothing to an inference process that answers its health check, with its log followed all the way. */

import { openLogStream, type LogStream } from '../jobs/log-stream'
import { outputFile } from '../jobs/job-process'
import { sleep } from '../jobs/sleep'
import { healthOf, startInference, type Start } from './inference-process'
import { ServingFailure } from './serving-failure'
import { logFileOf, type LogPlace } from './serving-log'

/** Milliseconds between two looks at a process that starts. */
const lookMs = 200

/** Developer guide, "How containers serve requests": eight minutes for the first good /ping. */
export const defaultStartupSeconds = 480

/** Resolves when the process serves; `unhealthy` begins the failure's reason, the process's own words end it. */
export async function becomeReady(
  start: Start & { place: LogPlace; withinSeconds: number; unhealthy: string },
): Promise<LogStream> {
  const { run, signal, withinSeconds, unhealthy } = start
  await startInference(start)
  const log = await openInferenceLog(start)
  const deadline = Date.now() + withinSeconds * 1000
  for (;;) {
    const health = await healthOf(run)
    await log.pump({ final: health.state === 'ended' })
    signal.throwIfAborted()
    if (health.state === 'ready') return log
    if (health.state === 'ended') throw new ServingFailure(`${unhealthy} ${health.why}`)
    if (Date.now() > deadline)
      throw new ServingFailure(`${unhealthy} No answer to /ping in ${withinSeconds} s.`)
    await sleep(lookMs, signal)
  }
}

export function openInferenceLog(options: Pick<Start, 'context' | 'run'> & { place: LogPlace }) {
  const { context, run, place } = options
  return openLogStream({ output: outputFile(run), file: logFileOf(context.folder, place) })
}
