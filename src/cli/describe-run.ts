import { formatDuration } from '../duration'
import type { Approval, RunStatus } from '../run-state'
import { cleanLine } from './clean-text'

/**
 * Where a run stands, in one sentence.
 *
 * @example
 * describeRun(status, Date.now())
 * // reviews-1a2b completed in 1m 20s and published version 3.
 */
export function describeRun(status: RunStatus, now: number): string {
  const { id, state } = status
  switch (state) {
    case 'running':
      return `${id} ${cleanLine(doing(status))}, ${formatDuration(secondsOf(status, now))} after its start.`
    case 'completed': {
      const published = status.published
        ? ` and published version ${status.published.version}`
        : ', and published nothing'
      return `${id} completed in ${formatDuration(secondsOf(status, now))}${published}.`
    }
    case 'rejected': {
      const why = cleanLine(status.gate?.reasons.join('; ') ?? '')
      return `${id} was rejected by its gate${why ? `: ${why.replace(/\.$/, '')}` : ''}. Nothing was published.`
    }
    case 'failed': {
      const why = status.error ? `: ${cleanLine(status.error.message).replace(/\.$/, '')}` : ''
      return `${id} failed in ${status.stage}${why}.`
    }
    case 'cancelled':
      return `${id} was cancelled in ${status.stage}, ${formatDuration(secondsOf(status, now))} after its start.`
  }
}

function doing({ id, stage, training, stages, gate }: RunStatus): string {
  if (gate?.approval?.state === 'awaiting') return askingFor(id, gate.approval)
  const attempt = training.attempts.at(-1)
  if (stage !== 'train' || !attempt) {
    const started = stages.some(({ state }) => state !== 'pending')
    return started ? `is in ${stage}` : 'is waiting for a worker'
  }
  const spot = attempt.placement.useSpotInstances ? 'spot' : 'on-demand'
  const place = attempt.placement.region === undefined ? '' : ` in ${attempt.placement.region}`
  const where = `${attempt.placement.instanceType} (${spot})${place}`
  switch (attempt.secondaryStatus) {
    case '':
    case 'Starting':
    case 'LaunchingMLInstances':
      return `is waiting for ${where} to start ${attempt.jobName}`
    case 'Interrupted':
      return `had its spot capacity taken back and waits for ${where} to go on with ${attempt.jobName}`
    case 'Training':
      return `is training ${attempt.jobName} on ${where}`
    default:
      return `is training: ${attempt.jobName} on ${where} is ${attempt.secondaryStatus}`
  }
}

function askingFor(id: string, { until, onTimeout }: Approval): string {
  const otherwise = onTimeout === 'approve' ? 'approved' : 'rejected'
  return `is awaiting approval: \`holdfast approve ${id}\` or \`holdfast reject ${id} --why …\`; otherwise it is ${otherwise} at ${until.slice(0, 16)}Z`
}

function secondsOf({ startedAt, endedAt }: RunStatus, now: number): number {
  return ((endedAt ? Date.parse(endedAt) : now) - Date.parse(startedAt)) / 1000
}
