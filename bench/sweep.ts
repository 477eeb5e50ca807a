/**
 * `npm run bench:sweep -- --trials N --slots N [--job-seconds S] [--json]`: how fast a sweep goes when
 * its jobs take no time, how long its histories grow and how much memory the worker takes. Jobs are
 * run by the scripted runner of the local platform; each goes through the whole path otherwise.
 */

import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'

import { auditSweep } from './audit-sweep'
import { startScriptedPlatform } from './scripted-sweep'

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      trials: { type: 'string', default: '200' },
      slots: { type: 'string', default: '50' },
      'job-seconds': { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
    },
  })
  const trials = wholeNumber('--trials', values.trials)
  const slots = wholeNumber('--slots', values.slots)
  const name = 'bench'
  const scripted = await startScriptedPlatform({
    jobSeconds: Number(values['job-seconds']),
    onProgress: (line) => process.stderr.write(`${line}\n`),
  })
  try {
    const { client, platform } = scripted
    const handle = await client.sweep.run(await scripted.load({ name, trials, slots }))
    const rss = watchMemory(platform.services.worker.pid)
    let began = 0
    for await (const event of handle.events()) {
      if (event.type === 'trialStarted' && began === 0) began = Date.now()
      if (event.type === 'best') process.stderr.write(`best so far: trial ${event.trial.number}\n`)
    }
    const minutes = (Date.now() - began) / 60_000
    const audit = await auditSweep({
      env: platform.env,
      sweepId: handle.id,
      pipeline: name,
      trials,
    })
    const result = {
      trialsPerMinute: Math.round(trials / minutes),
      maxHistoryEvents: audit.maxHistoryEvents,
      workerRssMiB: rss.stop(),
      lost: audit.lost.length,
      duplicated: audit.duplicated.length,
    }
    const { runs, maxOpenChildren, maxJobs } = audit
    process.stdout.write(
      values.json
        ? `${JSON.stringify(result)}\n`
        : `${asText({ ...result, runs, maxOpenChildren, maxJobs })}\n`,
    )
    const passed = Math.max(maxOpenChildren, maxJobs) > slots
    process.exitCode = result.lost > 0 || result.duplicated > 0 || passed ? 1 : 0
  } finally {
    await scripted.stop()
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new Error(`${name} must be a whole number from 1, not ${text}`)
}

function asText(result: Record<string, number>): string {
  return Object.entries(result)
    .map(([name, value]) => `${name.padEnd(18)} ${value}`)
    .join('\n')
}

/** The most that the worker's processes took together, in MiB, looked at every second. */
function watchMemory(pid: number): { stop(): number } {
  let most = 0
  const look = (): void => {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' })
    const rows = table.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
    const kibibytes = rows
      .filter(([own, parent]) => own === pid || parent === pid)
      .reduce((sum, [, , rss = 0]) => sum + rss, 0)
    most = Math.max(most, Math.round(kibibytes / 1024))
  }
  const timer = setInterval(look, 1_000)
  return {
    stop() {
      clearInterval(timer)
      look()
      return most
    },
  }
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
