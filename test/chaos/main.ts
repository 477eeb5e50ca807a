/**
 * `npm run chaos -- [--seed N] [--pipelines N] [--minutes N] [--parallel N] [--runner built-in|toolkit]
 *   [--torch N] [--gap SECONDS] [--json FILE] [--keep FOLDER]`
 * `… --directed [--cases N]`   each fault point × each act
 * `… --mutations [--only NAME]…`   mistakes that the auditor must catch
 * `… --naive`   the same storm for a design without fixed names and adoption
 * `… --record`   also writes the outcome into docs/reliability.md
 * `… --record-tests FILE`   the same with the tests in a report of `jest --json`; runs nothing
 *
 * Many small pipelines on a local platform of their own, with everything that can be killed killed at
 * random; then the auditor says what was lost, done twice or left running. The same seed gives the same
 * pipelines and the same faults in the same order; the moments at which they meet are the machine's.
 */

import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { DefaultLogger, Runtime } from '@temporalio/worker'

import { checkMutations } from './check-mutations'
import { compareDesigns } from './compare-designs'
import { directed } from './directed'
import { formatDirected, formatMutations, formatStorm, type Report } from './format-report'
import { keepRun, keepTests } from './results'
import { storm } from './storm'
import { writeReliability } from './write-reliability'

type Say = (line: string) => void

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      pipelines: { type: 'string', default: '20' },
      minutes: { type: 'string', default: '10' },
      parallel: { type: 'string', default: '12' },
      runner: { type: 'string', default: 'built-in' },
      torch: { type: 'string', default: '0' },
      gap: { type: 'string', default: '4' },
      directed: { type: 'boolean', default: false },
      cases: { type: 'string' },
      mutations: { type: 'boolean', default: false },
      naive: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      json: { type: 'string' },
      record: { type: 'boolean', default: false },
      'record-tests': { type: 'string' },
      keep: { type: 'string' },
    },
  })
  if (values['record-tests'] !== undefined)
    return writeReliability(keepTests(values['record-tests']))
  const say: Say = (line) => process.stderr.write(`${line}\n`)
  const seed = wholeNumber('--seed', values.seed ?? String(Date.now() % 1_000_000))
  say(`seed ${seed}`)
  // Replaying workers tell of every state that they go through.
  Runtime.install({ logger: new DefaultLogger('WARN') })
  const common = {
    seed,
    parallel: wholeNumber('--parallel', values.parallel),
    runner: values.runner === 'toolkit' ? ('toolkit' as const) : ('built-in' as const),
    say,
    ...(values.keep === undefined ? {} : { keep: resolve(values.keep) }),
  }
  const report = await (async (): Promise<Report> => {
    if (values.mutations)
      return formatMutations(
        await checkMutations({ ...common, ...(values.only ? { only: values.only } : {}) }),
      )
    if (values.directed) {
      const some = values.cases === undefined ? {} : { count: wholeNumber('--cases', values.cases) }
      return formatDirected(await directed({ ...common, ...some }))
    }
    const pipelines = wholeNumber('--pipelines', values.pipelines)
    const minutes = wholeNumber('--minutes', values.minutes)
    const torch = wholeNumber('--torch', values.torch)
    const gap = wholeNumber('--gap', values.gap)
    const shape = { ...common, pipelines, minutes, torch, gap }
    return values.naive ? compareDesigns(shape) : formatStorm(await storm(shape))
  })()
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(report.result, null, 2))
  process.stdout.write(`${report.text}\n`)
  if (values.record) {
    const { passed, failed, text: summary } = report
    const { kind } = report.result
    writeReliability(keepRun({ kind, run: { seed, passed, failed, summary } }))
  }
  process.exitCode = report.failed > 0 ? 1 : 0
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0) return value
  throw new Error(`${name} must be a whole number, not ${text}`)
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
