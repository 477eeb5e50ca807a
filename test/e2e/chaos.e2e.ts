import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { packageRoot } from '../../src/package-root'
import type { DirectedResult } from '../chaos/directed'
import type { StormResult } from '../chaos/storm'

/** The suite is a program of its own: `npm run chaos`. Here it runs small, with a seed that is printed. */
const seed = Number(process.env['HOLDFAST_SEED'] ?? randomInt(1e6))
process.stderr.write(`chaos: HOLDFAST_SEED=${seed}\n`)

/**
 * Milliseconds. Eight minutes at most for the runs, two for the reaper to come, and seven for all that
 * starts, stops and is replayed on a busy machine: which run is lost is told by the auditor, not by jest.
 */
const longest = 1_020_000
jest.setTimeout(longest)

async function chaos<Result>(args: string[]): Promise<{ result: Result; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-chaos-result-'))
  const file = join(folder, 'result.json')
  try {
    const output = await new Promise<string>((resolve) => {
      execFile(
        process.execPath,
        [
          join(packageRoot(), 'dist', 'test', 'chaos', 'main.js'),
          '--seed',
          String(seed),
          '--json',
          file,
          ...args,
        ],
        { maxBuffer: 10_000_000, timeout: longest - 30_000 },
        (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`),
      )
    })
    try {
      return { result: JSON.parse(readFileSync(file, 'utf8')) as Result, output }
    } catch {
      throw new Error(`the run left no result: ${output}`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('four pipelines amid random kills: none lost, nothing twice, and every history replays', async () => {
  const { result, output } = await chaos<StormResult>(['--pipelines', '4', '--minutes', '8'])
  expect(result.audit.violations).toEqual([])
  expect(result.replay.differences).toEqual([])
  expect(result.ownerless).toEqual([])
  expect(result.pipelines).toBe(4)
  expect(output).toMatch(/\n\d+ passed, 0 failed\n/)
})

test('a seeded handful of fault points: whatever is done there, the invariants hold', async () => {
  const { result } = await chaos<DirectedResult>(['--directed', '--cases', '6'])
  expect(result.outcomes.filter(({ faults }) => faults.length > 0)).toEqual([])
  expect(result.outcomes).toHaveLength(6)
  expect(result.replay.differences).toEqual([])
})
