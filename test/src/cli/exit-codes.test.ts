import { exitCodeOfErrorCode, exitCodeOfReap, exitCodeOfRun } from '../../../src/cli/exit-codes'
import type { Verdict } from '../../../src/reaper/judged-job'
import { aJudgedJob } from '../reaper/a-judged-job'

test.each([
  ['completed', 0],
  ['rejected', 3],
  ['failed', 1],
  ['cancelled', 1],
] as const)('a run that was %s ends with %i', (state, code) => {
  expect(exitCodeOfRun(state)).toBe(code)
})

test.each([
  ['E_CONFIG', 2],
  ['E_RUN_NOT_FOUND', 2],
  ['E_DATA_COLUMN', 2],
  ['E_TOKENIZER', 2],
  ['E_ACCESS_DENIED', 4],
  ['E_CHECKSUM', 1],
  ['E_CREDENTIALS', 4],
  ['E_TEMPORAL_UNREACHABLE', 5],
  ['E_UNREACHABLE', 5],
  ['E_NO_PLATFORM', 5],
  ['E_PLATFORM_DOWN', 5],
  ['E_WAIT_TIMEOUT', 124],
  ['E_UNEXPECTED', 1],
] as const)('%s ends with %i', (errorCode, code) => {
  expect(exitCodeOfErrorCode(errorCode)).toBe(code)
})

test('a pass of the reaper ends with 0 unless a stop failed, or Temporal was silent about an owner', () => {
  const pass = (...verdicts: Verdict[]) =>
    exitCodeOfReap({ endpoints: [], jobs: verdicts.map((verdict) => aJudgedJob({ verdict })) })
  expect(pass()).toBe(0)
  expect(pass('kept', 'foreign', 'orphan', 'stopped', 'cancelled', 'stopping', 'ended')).toBe(0)
  expect(pass('stopped', 'unknown')).toBe(5)
  expect(pass('unknown', 'failed')).toBe(1)
})
