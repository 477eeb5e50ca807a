import type { RunEvent } from '../../../src/client'
import { colorsFor } from '../../../src/cli/colors'
import { openLiveView } from '../../../src/cli/live-view'
import { renderLiveBlock } from '../../../src/cli/live-block'
import { initialLiveState, reduceLiveState } from '../../../src/cli/live-state'
import { aStream } from './a-cli'
import { aStatus } from './a-status'

const jobName = 'reviews-0123456789-a1'
const events: RunEvent[] = [
  { type: 'stage', stage: 'preprocess', state: 'running' },
  { type: 'stage', stage: 'preprocess', state: 'done', note: '1,500 train and 1,000 test rows' },
  { type: 'stage', stage: 'upload', state: 'running' },
  { type: 'stage', stage: 'upload', state: 'done' },
  { type: 'stage', stage: 'train', state: 'running' },
  { type: 'job', jobName, status: 'InProgress', secondaryStatus: 'Training' },
  { type: 'metric', step: 10, values: { loss: 0.6931 } },
  { type: 'interrupted', jobName, count: 1 },
  { type: 'resumed', jobName, step: 20, lost: 3 },
  { type: 'metric', step: 30, values: { loss: 0.512 } },
  { type: 'stage', stage: 'train', state: 'done' },
]

const colors = colorsFor({}, {})

/** Shows all events, a second apart. */
function show(output: ReturnType<typeof aStream>, env: NodeJS.ProcessEnv = {}): string {
  let now = Date.parse('2026-11-23T10:00:00Z')
  const view = openLiveView({ output, colors, env, now: () => now })
  for (const event of events) {
    view.show(event)
    now += 1000
  }
  view.close()
  view.close()
  return output.text()
}

test('without a terminal, each change is one plain line', () => {
  expect(show(aStream()).split('\n')).toEqual([
    'preprocess: running',
    'preprocess: done in 1s · 1,500 train and 1,000 test rows',
    'upload: running',
    'upload: done in 1s',
    'train: running',
    `train: ${jobName} InProgress / Training`,
    'train: step 10 · loss 0.6931',
    `train: spot capacity was taken back from ${jobName} (interruption 1); ` +
      'SageMaker starts the same job again when there is capacity',
    `train: ${jobName} resumed from its verified checkpoint at step 20; 3 steps trained again`,
    'train: done in 6s',
    '',
  ])
})

test('a dumb terminal and a CI get lines too, not cursor movements', () => {
  expect(show(aStream({ isTTY: true }), { TERM: 'dumb' })).not.toContain('\x1b')
  expect(show(aStream({ isTTY: true }), { CI: 'true' })).not.toContain('\x1b')
})

test('on a terminal the block is redrawn in place, and interruptions stay above it', () => {
  const text = show(aStream({ isTTY: true, columns: 120 }))
  const screen = onScreen(text)
  expect(screen).toHaveLength(8)
  expect(screen[0]).toContain('spot capacity was taken back')
  expect(screen[1]).toContain('resumed from its verified checkpoint at step 20')
  expect(screen[2]).toMatch(/^✓ preprocess +1s {2}1,500 train and 1,000 test rows$/)
  expect(screen[4]).toBe(
    `✓ train            6s  step 30 · loss 0.512 · 1 interruption · ${jobName}`,
  )
  expect(screen[7]).toBe('○ publish')
})

test('a line of the block never wraps', () => {
  const screen = onScreen(show(aStream({ isTTY: true, columns: 40 })))
  for (const line of screen.filter((text) => /^[✓○●]/.test(text))) {
    expect(Array.from(line).length).toBeLessThan(40)
  }
})

test('the block of a run that is attached to in its middle shows what happened before', () => {
  const state = initialLiveState(aStatus({ state: 'running', stage: 'train' }))
  const block = renderLiveBlock({ state, now: 0, width: 200, colors })
  expect(block[2]).toContain('20s')
  expect(block[2]).toContain('1 interruption')
})

test('a metric without its step is told at the last step that is known', () => {
  const stepOf = (step: number, state = initialLiveState()) =>
    reduceLiveState(state, { type: 'metric', step, values: { loss: 0.5 } }, 0)
  expect(stepOf(0, stepOf(30)).step).toBe(30)
})

test('events leave the state that they are applied to as it was', () => {
  const before = initialLiveState()
  const copy = structuredClone(before)
  events.reduce((state, event) => reduceLiveState(state, event, 0), before)
  expect(before).toEqual(copy)
})

/** What a terminal shows after these writes: understands only what the view may use. */
function onScreen(text: string): string[] {
  const rows: string[] = ['']
  let row = 0
  for (const [piece] of text.matchAll(/\x1b\[(?:\d+A|K|J)|\r|\n|[^\x1b\r\n]+/g)) {
    const up = /^\x1b\[(\d+)A$/.exec(piece)
    if (up) row -= Number(up[1])
    else if (piece === '\x1b[K' || piece === '\r') continue
    else if (piece === '\x1b[J') rows.splice(row + 1)
    else if (piece === '\n') {
      row += 1
      rows[row] ??= ''
    } else rows[row] = piece
  }
  return rows.slice(0, row)
}
