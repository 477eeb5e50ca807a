/**
 * `npm run soak:checkpoints -- --interruptions N --jobs N [--seed N]`: real Trainer saves that are cut
 * short, N times in a process that keeps torch loaded, and twice in each of N whole jobs under the
 * local platform, whose checkpoint sync tears too. Every resume must be from the newest checkpoint
 * that is whole, and every training must end with the weights of an undisturbed one.
 */

import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { messageOf } from '../src/errors'
import { setUp } from '../src/local/setup'
import { packageRoot } from '../src/package-root'
import { startInterruptedJobs } from './interrupted-jobs'

const say = (line: string): void => void process.stderr.write(`${line}\n`)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      interruptions: { type: 'string', default: '200' },
      jobs: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    },
  })
  const interruptions = wholeNumber('--interruptions', values.interruptions)
  const jobs = wholeNumber('--jobs', values.jobs)
  const seed = wholeNumber('--seed', values.seed)
  say(`seed ${seed}: --interruptions ${interruptions} --jobs ${jobs} --seed ${seed} repeats it`)
  const { python } = await setUp({ parts: ['python'], onProgress: say })
  let passed = 0
  let failed = 0

  if (interruptions > 0) {
    if (interruptTrainer({ python, interruptions, seed })) passed += interruptions
    else failed += 1
  }
  if (jobs > 0) {
    const begun = Date.now()
    const found = await runJobs({ python, jobs, seed })
    passed += found.passed
    failed += found.failed
    say(`jobs: ${((Date.now() - begun) / 1000).toFixed(0)} s`)
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
  process.exitCode = failed > 0 ? 1 : 0
}

/** The test that `npm test` runs with 20 interruptions; it says itself what it found. */
function interruptTrainer(options: {
  python: string
  interruptions: number
  seed: number
}): boolean {
  const { python, interruptions, seed } = options
  const { status } = spawnSync(python, ['-B', '-m', 'unittest', 'test_interruptions'], {
    cwd: join(packageRoot(), 'test', 'training'),
    env: {
      ...process.env,
      HOLDFAST_INTERRUPTIONS: String(interruptions),
      HOLDFAST_SEED: String(seed),
      HF_HUB_OFFLINE: '1',
    },
    stdio: ['ignore', 2, 2],
  })
  return status === 0
}

async function runJobs(options: { python: string; jobs: number; seed: number }) {
  const { python, jobs, seed } = options
  const platform = await startInterruptedJobs({ python, seed, onProgress: say })
  let passed = 0
  let failed = 0
  const tally = { interruptions: 0, resumes: 0, fromStep: [] as number[] }
  try {
    const undisturbed = await platform.run({ name: 'undisturbed', interruptions: 0 })
    if (undisturbed.weights === null) throw new Error('the undisturbed job did not finish')
    for (let number = 1; number <= jobs; number++) {
      const name = `interrupted-${number}`
      try {
        const job = await platform.run({ name, interruptions: 2 })
        const faults = faultsOf({ job, weights: undisturbed.weights })
        tally.interruptions += job.interruptions
        tally.resumes += job.lives.length - 1
        tally.fromStep.push(...job.lives.slice(1).map(({ chosen }) => chosen ?? -1))
        if (faults.length > 0) throw new Error(faults.join('; '))
        passed += 1
        say(
          `${name}: resumed from ${job.lives.map(({ chosen }) => chosen).join(', ')}; same weights`,
        )
      } catch (error) {
        failed += 1
        say(`${name}: FAILED, seed ${seed}: ${messageOf(error)}`)
      }
    }
  } finally {
    await platform.stop()
  }
  say(
    `jobs: ${tally.interruptions} interruptions, ${tally.resumes} resumes, from steps ${tally.fromStep.join(' ')}`,
  )
  return { passed, failed }
}

function faultsOf(options: {
  job: Awaited<ReturnType<Awaited<ReturnType<typeof startInterruptedJobs>>['run']>>
  weights: string
}): string[] {
  const { job, weights } = options
  const wrong = job.lives.flatMap(({ chosen, expected }, life) =>
    chosen === expected ? [] : [`life ${life} resumed from ${chosen}, ${expected} was whole`],
  )
  const last = job.lives.at(-1)?.chosen
  return [
    ...wrong,
    ...(job.weights === weights ? [] : ['the weights differ from the undisturbed ones']),
    ...(job.interruptions === 2 ? [] : [`${job.interruptions} interruptions`]),
    ...(job.lives.length === 3 ? [] : [`${job.lives.length} lives`]),
    ...(job.resumedFromStep === last ? [] : [`status says step ${job.resumedFromStep}`]),
  ]
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
