import type { RunEvent } from '../client'
import { formatDuration } from '../duration'
import type { Approval } from '../run-state'
import { cleanLine } from './clean-text'
import { formatMetrics } from './format-metric'
import type { LiveState } from './live-state'

/**
 * An event as one line for people and CI logs; undefined where there is nothing to say.
 * `state` is the state after the event.
 */
export function lineOfEvent(event: RunEvent, state: LiveState): string | undefined {
  switch (event.type) {
    case 'stage':
      return stageLine(event, state)
    case 'job':
      return cleanLine(
        `train: ${event.jobName} ${[event.status, event.secondaryStatus].filter(Boolean).join(' / ')}`,
      )
    case 'metric': {
      const metrics = formatMetrics(event.values, 2)
      return metrics
        ? `train: ${state.step > 0 ? `step ${state.step} · ` : ''}${metrics}`
        : undefined
    }
    case 'interrupted':
    case 'resumed':
    case 'approval':
    case 'published':
      return noticeOfEvent(event)
    case 'ended':
      return undefined
  }
}

/** The events that stay on a terminal above its block, because they are what one looks for afterwards. */
export function noticeOfEvent(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'interrupted':
      return cleanLine(
        `train: spot capacity was taken back from ${event.jobName} (interruption ${event.count}); ` +
          'SageMaker starts the same job again when there is capacity',
      )
    case 'resumed':
      return cleanLine(
        event.step > 0
          ? `train: ${event.jobName} resumed from its verified checkpoint at step ${event.step}; ` +
              `${stepsOf(event.lost)} trained again`
          : `train: ${event.jobName} started again from scratch: there was no verified checkpoint`,
      )
    case 'approval':
      return cleanLine(`gate: ${approvalLine(event.approval)}`)
    case 'published':
      return cleanLine(
        `publish: version ${event.published.version} as ${event.published.modelPackageArn}`,
      )
    default:
      return undefined
  }
}

function approvalLine({ state, by = 'time-out', why, until, onTimeout }: Approval): string {
  if (state === 'awaiting')
    return `awaiting approval until ${until.slice(0, 16)}Z: \`holdfast approve\` or \`holdfast reject\`; then ${onTimeout}`
  if (state === 'cancelled') return 'cancelled before a decision'
  return `${state} by ${by}${why === undefined ? '' : `: ${why}`}`
}

function stageLine(
  event: Extract<RunEvent, { type: 'stage' }>,
  state: LiveState,
): string | undefined {
  if (event.state === 'pending') return undefined
  const stage = state.stages.find(({ name }) => name === event.stage)
  const took =
    stage?.startedAt !== undefined && stage.endedAt !== undefined
      ? ` in ${formatDuration((stage.endedAt - stage.startedAt) / 1000)}`
      : ''
  const words = event.state === 'running' ? 'running' : `${event.state}${took}`
  return cleanLine(`${event.stage}: ${words}${event.note ? ` · ${event.note}` : ''}`)
}

export function stepsOf(count: number): string {
  return `${count === 0 ? 'no' : count} step${count === 1 ? '' : 's'}`
}
