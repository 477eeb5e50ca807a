import { userErrorOf } from '../../src/user-error'

const at = (failureReason: string | undefined, logTail: string[] = []) =>
  userErrorOf({ failureReason, logTail })

test.each([
  [
    'the reason',
    'AlgorithmError: ExecuteUserScriptError: "NonFiniteLoss: eval_loss is inf at step 120; training stops."',
    [],
    'eval_loss became inf at step 120',
  ],
  [
    'the end of the log',
    'AlgorithmError: See job logs for more information, exit code: 1',
    ['Traceback', 'holdfast_checkpoint.NonFiniteLoss: loss is nan at step 7; training stops.'],
    'loss became nan at step 7',
  ],
  [
    "the helper's line",
    'AlgorithmError: , exit code: 1',
    ['[algo-2] holdfast {"event": "nan", "step": 31, "metric": "loss", "value": "nan"}'],
    'the loss became NaN at step 31',
  ],
])('a loss that is no number is named with its step, from %s', (_, reason, log, message) => {
  const error = at(reason, log)
  expect(error.code).toBe('E_NAN_LOSS')
  expect(error.message).toContain(message)
})

test.each([
  ['AlgorithmError: ExecuteUserScriptError: ExitCode 1, exit code: 137', []],
  ['AlgorithmError: , exit code: 1', ['torch.OutOfMemoryError: CUDA out of memory. Tried to']],
  ['AlgorithmError: , exit code: 1', ["DefaultCPUAllocator: can't allocate memory"]],
])('%s %p is a lack of memory, and would be one again', (reason, log) => {
  expect(at(reason, log)).toMatchObject({ code: 'E_OUT_OF_MEMORY', message: reason })
})

test('a full disk is named', () => {
  const log = ['OSError: [Errno 28] No space left on device']
  expect(at('AlgorithmError: , exit code: 1', log).code).toBe('E_DISK_FULL')
})

test.each([
  ['AlgorithmError: ExecuteUserScriptError, exit code: 1', ['ValueError: no']],
  ['AlgorithmError: , exit code: 13', ['step 137 of 200', "{'loss': nan}"]],
  ['ClientError: Data download failed: NoSuchKey', []],
  [undefined, []],
])('%s is the script itself', (reason, log) => {
  expect(at(reason, log)).toMatchObject({
    code: 'E_TRAINING_FAILED',
    message: reason ?? 'the training job failed',
  })
})
