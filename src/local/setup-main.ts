/** The entry point of bootstrap.mjs: sets up every part and prints the variables that point to them. */

import { writeFileSync } from 'node:fs'
import { HoldfastError, messageOf } from '../errors'
import { allParts, setUp } from './setup'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => stop.abort())

async function main(): Promise<void> {
  const start = Date.now()
  const onProgress = (line: string): void => {
    const seconds = ((Date.now() - start) / 1000).toFixed(0)
    process.stderr.write(`  ${seconds.padStart(4)} s  ${line}\n`)
  }
  const made = await setUp({ parts: allParts, onProgress, signal: stop.signal })
  const env = {
    HOLDFAST_PYTHON: made.python,
    HOLDFAST_PYTHON_SDK: made.pythonSdk,
    HOLDFAST_PYTHON_MLFLOW: made.pythonMlflow,
    HOLDFAST_RUNNER: made.runner,
    HOLDFAST_VERSITYGW: made.versitygw,
    HOLDFAST_TEMPORAL_CLI: made.temporalCli,
    HOLDFAST_TEMPORAL_TEST_SERVER: made.temporalTestServer,
    HOLDFAST_DEMO_MODEL: made.modelDir,
    HOLDFAST_DEMO_DATA: made.dataFile,
  }
  const text = JSON.stringify(env, null, 2)
  const file = process.argv[2]
  if (file) writeFileSync(file, text)
  else process.stdout.write(`${text}\n`)
}

main().catch((error: unknown) => {
  if (stop.signal.aborted) {
    process.stderr.write('set-up stopped; the next start goes on from here\n')
    process.exitCode = 130
    return
  }
  process.stderr.write(`set-up failed: ${messageOf(error)}\n`)
  if (error instanceof HoldfastError) {
    process.stderr.write(`  code: ${error.code}${error.hint ? `\n  hint: ${error.hint}` : ''}\n`)
  }
  process.exitCode = 1
})
