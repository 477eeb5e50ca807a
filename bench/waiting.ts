/**
 * `npm run bench:waiting -- --jobs N --workers N [--signal] [--least S] [--spread S]
 * [--describe-rate R] [--json]`: what it takes to wait for many jobs at once: calls to SageMaker,
 * memory, events, and how late an end is seen. Jobs are run by the scripted runner of the local platform; each lasts `least` seconds and a
 * part of `spread`, so that all wait together and then end one after the other.
 */

import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { readCalls, readJobEnds, readWaits, type Wait } from './audit-waiting'
import { startWaitingFleet, type WaitingFleet } from './waiting-fleet'

const name = 'waiting'

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      jobs: { type: 'string', default: '200' },
      workers: { type: 'string', default: '3' },
      least: { type: 'string', default: '180' },
      spread: { type: 'string', default: '180' },
      'describe-rate': { type: 'string', default: '3' },
      signal: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const jobs = wholeNumber('--jobs', values.jobs)
  const workers = wholeNumber('--workers', values.workers)
  const [least, spread] = [Number(values.least), Number(values.spread)]
  const tell = (line: string) => process.stderr.write(`${line}\n`)
  const fleet = await startWaitingFleet({
    workers,
    describeRate: Number(values['describe-rate']),
    signal: values.signal,
    onProgress: tell,
  })
  try {
    const began = Date.now()
    const rss = watchMemory(fleet.workerPids)
    // Evenly spread over the jobs, in no order that the list could have.
    const durations = Array.from(
      { length: jobs },
      (_, index) => least + Math.round(spread * ((index * 0.618034) % 1)),
    )
    const workflowIds = await fleet.start({ name, durations })
    const createdAt = await untilCreated({ fleet, began, jobs, tell })
    const cpu = watchProcessor(fleet.workerPids)
    await untilEnded({ fleet, jobs, tell })
    const ended = Date.now()
    const cores = cpu.stop()
    const memory = rss.stop()
    const { waits, lost } = await readWaits({ temporal: fleet.temporal, workflowIds })
    const ends = await readJobEnds({ env: fleet.env, nameContains: name })
    const after = (at: (wait: Wait) => number | undefined) =>
      waits
        .map((wait) => (at(wait) ?? Number.NaN) - (ends.get(wait.jobName) ?? Number.NaN))
        .filter((milliseconds) => !Number.isNaN(milliseconds))
        .sort((a, b) => a - b)
    const late = after(({ seenAt }) => seenAt)
    // A wake-up that came before the end told of something else.
    const woken = after(({ wokenAt }) => wokenAt).filter((milliseconds) => milliseconds >= 0)
    const calls = readCalls({ requestLog: fleet.requestLog, from: createdAt, to: ended })
    const count = (operation: string, code?: string) =>
      calls.filter((call) => call.operation === operation && (!code || call.code === code)).length
    const seconds = (ended - createdAt) / 1000
    const result = {
      jobs,
      workers,
      signal: values.signal ? 'yes' : 'no',
      rampSeconds: Math.round((createdAt - began) / 1000),
      waitedSeconds: Math.round(seconds),
      callsPerSecond: rounded(calls.length / seconds),
      listsPerSecond: rounded(count('ListTrainingJobs') / seconds),
      listsThrottled: count('ListTrainingJobs', 'ThrottlingException'),
      describesPerSecond: rounded(count('DescribeTrainingJob') / seconds),
      mostCallsIn10s: mostWithin(
        calls.map(({ time }) => time),
        10_000,
      ),
      wokenP50Seconds: secondsAt(woken, 0.5),
      wokenP95Seconds: secondsAt(woken, 0.95),
      wokenOfAll: rounded(woken.length / jobs),
      seenP50Seconds: secondsAt(late, 0.5),
      seenP95Seconds: secondsAt(late, 0.95),
      seenP99Seconds: secondsAt(late, 0.99),
      seenMaxSeconds: secondsAt(late, 1),
      mostEvents: Math.max(...waits.map(({ events }) => events)),
      mostWakeUps: Math.max(...waits.map(({ wakeUps }) => wakeUps)),
      overBudget: waits.filter(
        ({ events, wakeUps, changes }) => events > 6 + 8 * (wakeUps + changes),
      ).length,
      rssMiBOfEachWorker: Math.max(...memory),
      coresOfAllWorkers: rounded(cores),
      lost: lost.length,
    }
    process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${asText(result)}\n`)
    process.exitCode = result.lost > 0 || result.overBudget > 0 ? 1 : 0
  } finally {
    await fleet.stop()
  }
}

/** When the last job was in progress, in milliseconds since 1970: what is counted begins there. */
async function untilCreated(options: {
  fleet: WaitingFleet
  began: number
  jobs: number
  tell: (line: string) => void
}): Promise<number> {
  const { fleet, began, jobs, tell } = options
  for (;;) {
    const { requestLog } = fleet
    const created = readCalls({ requestLog, from: began, to: Infinity }).filter(
      ({ operation, code }) => operation === 'CreateTrainingJob' && code === 'OK',
    ).length
    tell(`${created} of ${jobs} jobs created`)
    if (created >= jobs) {
      // The last one's own Describe and ListTags belong to its creation.
      await sleep(5_000)
      return Date.now()
    }
    await sleep(5_000)
  }
}

async function untilEnded(options: {
  fleet: WaitingFleet
  jobs: number
  tell: (line: string) => void
}): Promise<void> {
  const { fleet, jobs, tell } = options
  const query = `WorkflowType = 'training' AND ExecutionStatus != 'Running'`
  for (;;) {
    const { count } = await fleet.temporal.workflow.count(query)
    tell(`${count} of ${jobs} trainings ended`)
    if (count >= jobs) return
    await sleep(10_000)
  }
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new Error(`${option} must be a whole number from 1, not ${text}`)
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

/** Of sorted milliseconds, in seconds; nothing where there are none. */
function secondsAt(sorted: number[], part: number): number | string {
  const at = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
  return at === undefined ? '' : rounded(at / 1000)
}

function mostWithin(times: number[], milliseconds: number): number {
  let most = 0
  let first = 0
  times.forEach((time, index) => {
    while (time - (times[first] ?? time) > milliseconds) first++
    most = Math.max(most, index - first + 1)
  })
  return most
}

function asText(result: Record<string, number | string>): string {
  return Object.entries(result)
    .map(([key, value]) => `${key.padEnd(20)} ${value}`)
    .join('\n')
}

/** Each process with its children, as `ps` has them: kibibytes and seconds of a processor. */
function processTable(pids: number[]): { rss: number; seconds: number }[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,cputimes='], { encoding: 'utf8' })
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  return pids.map((pid) => {
    const own = rows.filter(([self, parent]) => self === pid || parent === pid)
    const sum = (column: number) => own.reduce((total, row) => total + (row[column] ?? 0), 0)
    return { rss: sum(2), seconds: sum(3) }
  })
}

/** The most that each worker's processes took together, in MiB, looked at every two seconds. */
function watchMemory(pids: number[]): { stop(): number[] } {
  const most = pids.map(() => 0)
  const look = (): void =>
    processTable(pids).forEach(({ rss }, index) => {
      most[index] = Math.max(most[index] ?? 0, Math.round(rss / 1024))
    })
  const timer = setInterval(look, 2_000)
  return {
    stop() {
      clearInterval(timer)
      look()
      return most
    },
  }
}

/** Processors that all workers together kept busy. */
function watchProcessor(pids: number[]): { stop(): number } {
  const total = () => processTable(pids).reduce((sum, { seconds }) => sum + seconds, 0)
  const [began, before] = [Date.now(), total()]
  return { stop: () => (total() - before) / ((Date.now() - began) / 1000) }
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
