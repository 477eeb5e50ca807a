import { summarizeTrial } from '../../../src/sweep/summarize-trial'
import type { TrialEnd } from '../../../src/sweep/sweep-state'

const failed = (message: string, logTail?: string[]): TrialEnd => ({
  number: 3,
  state: 'failed',
  score: null,
  artifactUri: null,
  attempts: [],
  error: { code: 'E_TRAINING_FAILED', message, ...(logTail ? { logTail } : {}) },
})
const messageOf = (end: TrialEnd) => summarizeTrial({ end, hyperparameters: {} }).error?.message

const exit = 'AlgorithmError: ExecuteUserScriptError: ExitCode 1'

test('what the script raised comes before what the service says of it', () => {
  const log = [
    'Traceback (most recent call last):',
    '  raise ValueError("a")',
    'torch.OutOfMemoryError: CUDA out of memory.',
    'ExecuteUserScriptError: ExitCode 1',
    'ERROR Reporting training FAILURE',
  ]
  expect(messageOf(failed(exit, log))).toBe(`torch.OutOfMemoryError: CUDA out of memory. (${exit})`)
})

test('a log without an exception, or one that the service tells already, adds nothing', () => {
  expect(messageOf(failed(exit, ['step 1', 'Killed']))).toBe(exit)
  expect(messageOf(failed(exit))).toBe(exit)
  expect(messageOf(failed('it ended: KeyError: 1', ['KeyError: 1']))).toBe('it ended: KeyError: 1')
})

test('an exception of any length gives a short line', () => {
  const log = [`ValueError: ${'x'.repeat(10_000)}`]
  expect(messageOf(failed(exit, log))).toHaveLength(300 + exit.length + 3)
})
