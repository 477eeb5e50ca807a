import { formatDuration } from '../duration'
import type { StageState } from '../run-state'
import { cleanLine, truncate } from './clean-text'
import type { Colors } from './colors'
import { formatMetrics } from './format-metric'
import type { LiveStage, LiveState } from './live-state'

/** The block of a terminal's live view: a line for each stage, the running one with its job and metrics. */
export function renderLiveBlock(options: {
  state: LiveState
  /** Milliseconds since the epoch. */
  now: number
  /** Terminal columns: a line never wraps, or the next drawing would start in the wrong row. */
  width: number
  colors: Colors
}): string[] {
  const { state, now, width, colors } = options
  return state.stages.map((stage) => {
    const name = stage.name.padEnd(10)
    const time = elapsed(stage, now).padStart(8)
    const text = [stage.name === 'train' ? trainDetail(state, stage) : '', stage.note ?? '']
      .filter((part) => part !== '')
      .join(' · ')
    const mark = markOf(stage.state, colors)
    const line =
      stage.state === 'pending'
        ? `${mark} ${colors.dim(name)}`
        : `${mark} ${stage.state === 'running' ? colors.bold(name) : name} ${colors.dim(time)}  ${cleanLine(text)}`
    return truncate(line.trimEnd(), width)
  })
}

export function markOf(state: StageState, colors: Colors): string {
  switch (state) {
    case 'pending':
      return colors.dim('○')
    case 'running':
      return colors.cyan('●')
    case 'done':
      return colors.green('✓')
    case 'failed':
      return colors.red('✗')
    case 'skipped':
      return colors.dim('-')
    case 'cancelled':
      return colors.yellow('⊘')
  }
}

function elapsed(stage: LiveStage, now: number): string {
  if (stage.startedAt === undefined) return ''
  return formatDuration(((stage.endedAt ?? now) - stage.startedAt) / 1000)
}

function trainDetail(state: LiveState, stage: LiveStage): string {
  if (stage.state === 'pending' || stage.state === 'skipped' || !state.job) return ''
  // What changes comes first: a narrow terminal cuts the rest.
  const parts: string[] = []
  if (stage.state === 'running') parts.push(state.job.secondaryStatus || state.job.status)
  if (state.step > 0) parts.push(`step ${state.step}`)
  const metrics = formatMetrics(trainingMetrics(state.metrics), 2)
  if (metrics) parts.push(metrics)
  if (state.interruptions > 0) parts.push(interruptionsOf(state.interruptions))
  parts.push(state.job.jobName)
  return parts.join(' · ')
}

/** Loss and scores; how far it is and how fast it goes is told by the step. */
function trainingMetrics(metrics: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(metrics).filter(([name]) => name === 'loss' || /accuracy$|f1$|loss$/.test(name)),
  )
}

export function interruptionsOf(count: number): string {
  return `${count} interruption${count === 1 ? '' : 's'}`
}
