/**
 * `npm run chaos -- [--seed N] [--pipelines N] [--minutes N] [--parallel N] [--runner built-in|toolkit]
 *   [--json FILE] [--keep FOLDER]`
 *
 * Many small pipelines on a local platform of their own, with everything that can be killed killed at
 * random; then the auditor says what was lost, done twice or left running. The same seed gives the same
 * pipelines and the same faults in the same order; the moments at which they meet are the machine's.
 */

import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { DefaultLogger, Runtime } from '@temporalio/worker'

import { formatStorm } from './format-storm'
import { storm } from './storm'

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      pipelines: { type: 'string', default: '20' },
      minutes: { type: 'string', default: '10' },
      parallel: { type: 'string', default: '12' },
      runner: { type: 'string', default: 'built-in' },
      json: { type: 'string' },
      keep: { type: 'string' },
    },
  })
  const seed = wholeNumber('--seed', values.seed ?? String(Date.now() % 1_000_000))
  const say = (line: string) => process.stderr.write(`${line}\n`)
  say(`seed ${seed}`)
  // Replaying workers tell of every state that they go through.
  Runtime.install({ logger: new DefaultLogger('WARN') })
  const result = await storm({
    seed,
    pipelines: wholeNumber('--pipelines', values.pipelines),
    minutes: wholeNumber('--minutes', values.minutes),
    parallel: wholeNumber('--parallel', values.parallel),
    runner: values.runner === 'toolkit' ? 'toolkit' : 'built-in',
    say,
    ...(values.keep === undefined ? {} : { keep: resolve(values.keep) }),
  })
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(result, null, 2))
  const { text, failed } = formatStorm(result)
  process.stdout.write(`${text}\n`)
  process.exitCode = failed > 0 ? 1 : 0
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
