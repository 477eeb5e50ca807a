import type { RunEvent } from '../client'
import type { RunStatus } from '../run-state'
import type { Output } from './cli'
import type { Colors } from './colors'
import { renderLiveBlock } from './live-block'
import { lineOfEvent, noticeOfEvent } from './live-lines'
import { initialLiveState, reduceLiveState } from './live-state'

export interface LiveView {
  show(event: RunEvent): void
  /** Draws for the last time and leaves the cursor below; more than once does no harm. */
  close(): void
}

export interface LiveViewOptions {
  output: Output
  colors: Colors
  env: NodeJS.ProcessEnv
  /** What is known before the first event, when attaching to a run that is under way. */
  status?: RunStatus
  /** Milliseconds since the epoch. */
  now?: () => number
}

/** Redrawing once a second moves the clocks; more often only costs. */
const redrawEveryMs = 1000
/** Without a terminal, training metrics are one line in so many milliseconds. */
const metricLineEveryMs = 5000
const defaultWidth = 100

/**
 * Shows a run as it goes: a block that is redrawn in place on a terminal, a line per change elsewhere.
 *
 * @example
 * const view = openLiveView({ output: process.stderr, colors, env: process.env })
 * for await (const event of run.events()) view.show(event)
 * view.close()
 */
export function openLiveView(options: LiveViewOptions): LiveView {
  const { output, env } = options
  const inPlace = output.isTTY === true && env['TERM'] !== 'dumb' && !env['CI']
  return inPlace ? openBlock(options) : openLines(options)
}

function openLines({ output, status, now = Date.now }: LiveViewOptions): LiveView {
  let state = initialLiveState(status)
  let lastLine = ''
  let lastMetricAt = Number.NEGATIVE_INFINITY
  return {
    show(event) {
      const at = now()
      state = reduceLiveState(state, event, at)
      if (event.type === 'metric' && !isEvaluation(event)) {
        if (at - lastMetricAt < metricLineEveryMs) return
        lastMetricAt = at
      }
      const line = lineOfEvent(event, state)
      if (line === undefined || line === lastLine) return
      lastLine = line
      output.write(`${line}\n`)
    },
    close() {},
  }
}

function openBlock({ output, colors, status, now = Date.now }: LiveViewOptions): LiveView {
  let state = initialLiveState(status)
  let drawn: string[] = []
  let closed = false

  /** Lines are overwritten, never cleared first: what did not change does not blink. */
  const draw = (above: string[] = []): void => {
    const width = Math.max(20, (output.columns ?? defaultWidth) - 1)
    const block = renderLiveBlock({ state, now: now(), width, colors })
    if (above.length === 0 && block.join('\n') === drawn.join('\n')) return
    const up = drawn.length > 0 ? `\x1b[${drawn.length}A\r` : ''
    const lines = [...above, ...block].map((line) => `${line}\x1b[K\n`).join('')
    output.write(`${up}${lines}\x1b[J`)
    drawn = block
  }

  const timer = setInterval(() => draw(), redrawEveryMs)
  timer.unref()
  draw()
  return {
    show(event) {
      state = reduceLiveState(state, event, now())
      const notice = noticeOfEvent(event)
      if (event.type === 'metric') return
      draw(notice === undefined ? [] : [colors.yellow(notice)])
    },
    close() {
      if (closed) return
      closed = true
      clearInterval(timer)
      draw()
    },
  }
}

function isEvaluation(event: Extract<RunEvent, { type: 'metric' }>): boolean {
  return Object.keys(event.values).some((name) => name.startsWith('eval_'))
}
