import { parseLogLine } from '../../../src/client/parse-log-line'

test('our helper’s metrics line gives its step and its numbers', () => {
  const line = 'holdfast {"event":"metrics","step":40,"loss":0.61,"epoch":0.4,"note":"text"}'
  expect(parseLogLine(line)).toEqual({
    type: 'metric',
    step: 40,
    values: { loss: 0.61, epoch: 0.4 },
  })
})

test('a resume tells the step and what was lost', () => {
  const line = 'holdfast {"event":"resumed","step":30,"reached":37,"lost":7,"checkpoint":"c"}'
  expect(parseLogLine(line)).toEqual({ type: 'resumed', step: 30, lost: 7 })
  expect(parseLogLine('holdfast {"event":"resumed"}')).toEqual({
    type: 'resumed',
    step: 0,
    lost: 0,
  })
})

test('the dict that the Trainer prints is read, with numbers or with numbers as texts', () => {
  expect(parseLogLine("{'loss': 0.69, 'learning_rate': 5e-05, 'epoch': 0.1}")).toMatchObject({
    values: { loss: 0.69, learning_rate: 5e-5, epoch: 0.1 },
  })
  expect(parseLogLine("{'loss': '0.69', 'epoch': '0.1'}")).toMatchObject({
    values: { loss: 0.69, epoch: 0.1 },
  })
})

test('a number that is none is left out, and the others are kept', () => {
  expect(parseLogLine("{'loss': nan, 'grad_norm': -inf, 'epoch': 1.0}")).toMatchObject({
    values: { epoch: 1 },
  })
  expect(parseLogLine("{'loss': 'nan', 'epoch': '1.0'}")).toMatchObject({ values: { epoch: 1 } })
  expect(parseLogLine("{'loss': nan}")).toBeNull()
})

test.each([
  '',
  'Training …',
  'holdfast is a word',
  'holdfast {"event":"metr',
  'holdfast {"event":"saved","step":10}',
  'x holdfast {"event":"resumed","step":1}',
  "{'a': {'nested': 1}}",
  "{'a': __import__('os')}",
])('%j is nothing to show', (line) => expect(parseLogLine(line)).toBeNull())
