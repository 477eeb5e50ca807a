import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { packageRoot } from '../../src/package-root'
import type { RunKind } from './format-report'
import { matrix } from './matrix'

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
  /** `<file> › <title>` of tests that the matrix names, from a run of jest. */
  tests: Record<string, KeptTest>
}

export interface KeptTest {
  /** In jest's words: `passed`, `failed`, … */
  status: string
  /** The day of the run, UTC. */
  on: string
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
  /** Milliseconds since 1970. */
  startTime: number
  testResults: { name: string; assertionResults: { title: string; status: string }[] }[]
}

/**
 * Of a report of `jest --json`, what the matrix names; all else stays as it was. A row of a table
 * (`test.each`) counts as failed when any of its tests did.
 */
export function keepTests(path: string): Results {
  const results = readResults()
  const { startTime, testResults } = JSON.parse(readFileSync(path, 'utf8')) as JestReport
  const on = new Date(startTime).toISOString().slice(0, 10)
  for (const { name, assertionResults } of testResults) {
    const file = name.replace(`${packageRoot()}/`, '')
    for (const { title, status } of assertionResults)
      if (isNamed({ file, title })) results.tests[`${file} › ${title}`] = { status, on }
  }
  return write(results)
}

function isNamed({ file, title }: { file: string; title: string }): boolean {
  return matrix.some(({ proofs }) =>
    proofs.some((proof) => 'test' in proof && proof.test === file && title.includes(proof.title)),
  )
}

function write(results: Results): Results {
  writeFileSync(file(), `${JSON.stringify(results, null, 2)}\n`)
  return results
}
