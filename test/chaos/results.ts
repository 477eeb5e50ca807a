import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { packageRoot } from '../../src/package-root'
import type { RunKind } from './format-report'

/** What each kind of run came to last, as it is kept in the repository. */
export interface KeptRun {
  seed: number
  passed: number
  failed: number
  /** Its lines. */
  summary: string
}

export interface Results {
  runs: Partial<Record<RunKind, KeptRun>>
  /** `<file> › <title>` of tests that the matrix names → passed or failed, from a run of jest. */
  tests: Record<string, string>
}

const file = () => join(packageRoot(), 'test', 'chaos', 'results.json')

export function readResults(): Results {
  try {
    return JSON.parse(readFileSync(file(), 'utf8')) as Results
  } catch {
    return { runs: {}, tests: {} }
  }
}

export function keepRun(options: { kind: RunKind; run: KeptRun }): Results {
  const results = readResults()
  results.runs[options.kind] = options.run
  return write(results)
}

interface JestReport {
  testResults: { name: string; assertionResults: { title: string; status: string }[] }[]
}

/** Of a report of `jest --json`: the tests of those files, others stay as they were. */
export function keepTests(path: string): Results {
  const results = readResults()
  const report = JSON.parse(readFileSync(path, 'utf8')) as JestReport
  for (const { name, assertionResults } of report.testResults)
    for (const { title, status } of assertionResults)
      results.tests[`${name.replace(`${packageRoot()}/`, '')} › ${title}`] = status
  return write(results)
}

function write(results: Results): Results {
  writeFileSync(file(), `${JSON.stringify(results, null, 2)}\n`)
  return results
}
