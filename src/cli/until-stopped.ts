import { withDeadline } from './with-deadline'

/** Seconds: StopTrainingJob gives the script 120 s, and the service takes its time to upload. */
export const stopWait = 300

/** What is to be said of something that was asked to stop: at its end, or, unless it is waited for, now. */
export async function untilStopped<Status>(options: {
  handle: { id: string; status(): Promise<Status>; result(): Promise<Status> }
  wait: boolean
  /** Seconds; undefined: without end. */
  seconds: number | undefined
  /** What it had not done by then. */
  missed?: 'stopped' | 'ended'
  /** Command that says how far it is. */
  see: string
}): Promise<Status> {
  const { handle, wait, seconds, missed = 'stopped', see } = options
  if (!wait) return handle.status()
  return withDeadline({
    work: handle.result(),
    seconds,
    what: `${handle.id} had not ${missed}`,
    hint: `it still will: \`${see}\` says how far it is; is a worker running?`,
  })
}
