import { nothingRead, readCurve, trainingCurve } from '../../../src/feeds/training-curve'

const lines = (...messages: string[]) =>
  messages.map((message, index) => ({ timestamp: 1_000 + index, message }))

test('the lines of our helper give metrics by their steps, and what the Trainer prints beside is left out', () => {
  const curve = trainingCurve(
    lines(
      'holdfast {"event": "metrics", "step": 10, "loss": 0.6, "epoch": 0.1}',
      "{'loss': 0.6, 'epoch': 0.1}",
      'anything else',
    ),
  )
  expect(curve).toEqual([
    { metric: 'loss', step: 10, value: 0.6, timestamp: 1_000 },
    { metric: 'epoch', step: 10, value: 0.1, timestamp: 1_000 },
  ])
})

test('steps that were trained again after an interruption count once, as they were the last time', () => {
  const at = (step: number, loss: number) =>
    `holdfast {"event": "metrics", "step": ${step}, "loss": ${loss}}`
  const curve = trainingCurve(lines(at(10, 0.6), at(20, 0.5), at(20, 0.49), at(30, 0.4)))
  expect(curve.map(({ step, value }) => [step, value])).toEqual([
    [10, 0.6],
    [20, 0.49],
    [30, 0.4],
  ])
})

test('a script that prints no steps has its lines counted, and a diverged loss is left out', () => {
  const curve = trainingCurve(
    lines("{'loss': 0.6}", "{'loss': nan, 'epoch': 0.2}", "{'loss': 0.4}"),
  )
  expect(curve.filter(({ metric }) => metric === 'loss').map(({ step }) => step)).toEqual([1, 3])
})

test('lines that come bit by bit are counted on, and a helper once seen speaks alone', () => {
  const first = readCurve({ lines: lines("{'loss': 0.6}"), before: nothingRead })
  const second = readCurve({ lines: lines("{'loss': 0.5}"), before: first.after })
  expect([...first.points, ...second.points].map(({ step }) => step)).toEqual([1, 2])

  const helper = 'holdfast {"event": "metrics", "step": 10, "loss": 0.6}'
  const helped = readCurve({ lines: lines(helper), before: nothingRead })
  expect(readCurve({ lines: lines("{'loss': 0.6}"), before: helped.after }).points).toEqual([])
})
