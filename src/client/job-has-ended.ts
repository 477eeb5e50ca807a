import { attemptHasEnded, type RunStatus } from '../run-state'

/** Whether a job of a run writes no more; one of the evaluation is known to have ended with its stage. */
export function jobHasEnded(options: { status: RunStatus; jobName: string }): boolean {
  const { status, jobName } = options
  if (status.state !== 'running') return true
  const own = status.training.attempts.find((attempt) => attempt.jobName === jobName)
  if (own) return attemptHasEnded(own)
  return !status.stages.some(({ job, state }) => job === jobName && state === 'running')
}
