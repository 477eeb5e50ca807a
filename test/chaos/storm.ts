/** Many pipelines at once while anything is killed at random: the seed decides what, when and whom. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { waitFor } from '../e2e/support/wait-for'
import { audit, type Audit, type ExpectedRun } from './auditor/audit'
import type { ChaosPipeline } from './chaos-pipeline'
import { reaperPeriod, startChaosPlatform, type ChaosPlatform } from './chaos-platform'
import { keepEvidence } from './keep-evidence'
import { replayAll } from './replay-all'
import { randomFrom, type Random } from './random'
import { isTraining, terminateRun } from './run-cases'
import { makeTorchModel } from './torch-model'

export interface StormOptions {
  seed: number
  pipelines: number
  /** After which whatever has not ended is lost. */
  minutes: number
  /** Runs under way at a time. */
  parallel: number
  runner: 'toolkit' | 'built-in'
  say: (line: string) => void
  /** Root of the tree that the workers run; this one unless given. */
  tree?: string
  /** Sound pipelines only, which nobody cancels: each must complete. */
  plain?: boolean
  /** So many of the pipelines train with torch; a further one does so in peace, before the faults begin. */
  torch?: number
  /** Seconds between two faults, on average. */
  gap?: number
  /** Where logs and the histories of broken runs are left. */
  keep?: string
}

export interface StormResult {
  seed: number
  runner: string
  seconds: number
  pipelines: number
  /** Of these. */
  torch: number
  /** SIGKILLs of worker processes, servers and machines of jobs. */
  kills: { workers: number; servers: number; jobs: number }
  /** Everything else that went wrong by order, by kind. */
  faults: Record<string, number>
  /** What people did to runs. */
  acts: { cancelled: number; terminated: number }
  audit: Audit
  /** Histories that HEAD's code replays, and what differs in those that it does not. */
  replay: { histories: number; differences: string[] }
  /** Writes to S3 that named no bucket owner. */
  ownerless: string[]
}

/** Seconds between two faults, on average. */
const usualGap = 4

/** Seconds of faults after the last run has begun. */
const lastFaults = 20
/** Seconds without faults before the deadline. */
const calmSeconds = 120

interface Plan extends Pick<ExpectedRun, 'mayEnd' | 'codes' | 'torch'> {
  pipeline: ChaosPipeline
  act?: {
    do: 'cancel' | 'terminate'
    afterSeconds: number
    /** Counted from when it trains; and all workers are killed with it, so that nobody hears of it. */
    inTraining?: boolean
  }
}

export async function storm(options: StormOptions): Promise<StormResult> {
  const { seed, minutes, runner, say } = options
  const random = randomFrom(seed)
  const started = Date.now()
  const deadline = started + minutes * 60_000
  const { tree } = options
  const chaos = await startChaosPlatform({ random, seed, runner, ...(tree ? { tree } : {}) })
  try {
    chaos.scenario(scenarioFor(options.pipelines))
    const { pipelines: count, plain = false, torch = 0, gap = usualGap } = options
    const plans = plansFor({ random: random.fork('plans'), count, plain })
    if (torch > 0) {
      const model = await makeTorchModel(join(chaos.folder, 'torch-model'))
      for (const [index, { pipeline }] of plans.slice(0, torch).entries())
        plans[index] = { pipeline: { name: pipeline.name, torch: model }, ...torchPlan }
      plans.push({ pipeline: { name: 'quiet-0001', torch: model }, ...torchPlan })
    }
    const ids: string[] = []
    const acts = { cancelled: 0, terminated: 0 }
    const calm = new AbortController()

    const queue = [...plans.entries()]
    const quiet = torch > 0 ? queue.pop() : undefined
    if (quiet) {
      const [index, { pipeline }] = quiet
      const id = (ids[index] = await chaos.run(pipeline))
      await ended({ chaos, id, deadline })
      say(`${pipeline.name} has ended`)
    }
    const weather = trouble({ chaos, random: random.fork('faults'), gap, signal: calm.signal })
    const oneAfterTheOther = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [index, plan] = next
        if (Date.now() > deadline) return
        const id = await chaos.run(plan.pipeline)
        ids[index] = id
        await Promise.all([ended({ chaos, id, deadline }), act({ chaos, id, plan, acts })])
        say(`${plan.pipeline.name} has ended (${queue.length} to start)`)
      }
    }
    const running = Promise.all(Array.from({ length: options.parallel }, oneAfterTheOther))
    // When all have begun, what is left must come to its end by itself.
    await Promise.race([running, untilCalm({ queue, deadline })])
    calm.abort()
    await running
    const { jobs, counts } = await weather
    await chaos.workers().ready()

    say('audit')
    const runs = plans.flatMap(({ mayEnd, codes, torch: isTorch }, index): ExpectedRun[] => {
      const id = ids[index]
      if (id === undefined) return []
      return [{ id, mayEnd, ...(codes ? { codes } : {}), ...(isTorch ? { torch: true } : {}) }]
    })
    const result = await audit({
      dataDir: chaos.dataDir,
      env: chaos.env,
      runs,
      reaper: { withinSeconds: reaperPeriod },
      secret: chaos.secret,
    })
    if (options.keep !== undefined)
      await keepEvidence({ chaos, violations: result.violations, folder: options.keep })
    say('replay')
    const replay = tree
      ? { histories: 0, differences: [] }
      : await replayAll({ temporal: chaos.temporal })
    return {
      seed,
      runner,
      seconds: Math.round((Date.now() - started) / 1000),
      pipelines: runs.length,
      torch: runs.filter(({ torch: isTorch }) => isTorch).length,
      kills: { ...chaos.kills(), jobs },
      faults: { ...counts, ...orderedFaults(chaos.dataDir), ...proxyFaults(chaos) },
      acts,
      audit: result,
      replay,
      ownerless: chaos.s3.ownerless,
    }
  } finally {
    await chaos.stop()
  }
}

async function untilCalm(options: { queue: unknown[]; deadline: number }): Promise<void> {
  const { queue, deadline } = options
  while (queue.length > 0 && Date.now() < deadline - calmSeconds * 1000) await sleep(500)
  await sleep(lastFaults * 1000)
}

const torchPlan: Pick<Plan, 'mayEnd' | 'torch'> = { mayEnd: ['completed'], torch: true }

function plansFor(options: { random: Random; count: number; plain: boolean }): Plan[] {
  const { random, count, plain } = options
  return Array.from({ length: count }, (_, index): Plan => {
    const name = `chaos-${String(index + 1).padStart(4, '0')}`
    const kind = plain ? 1 : random.next()
    const afterSeconds = random.between(0, 20)
    if (kind < 0.05)
      return {
        pipeline: { name, scriptFails: true },
        mayEnd: ['failed'],
        codes: ['E_TRAINING_FAILED'],
      }
    if (kind < 0.1) return { pipeline: { name, rejected: true }, mayEnd: ['rejected'] }
    // It may be done before it is cancelled.
    if (kind < 0.2)
      return {
        pipeline: { name },
        mayEnd: ['cancelled', 'completed'],
        act: { do: 'cancel', afterSeconds },
      }
    if (kind < 0.26)
      // Five minutes of training: longer than the reaper takes.
      return {
        pipeline: { name, steps: 3_000 },
        mayEnd: ['terminated'],
        act: { do: 'terminate', afterSeconds, inTraining: index % 3 > 0 },
      }
    return { pipeline: { name }, mayEnd: ['completed'] }
  })
}

async function ended(options: {
  chaos: ChaosPlatform
  id: string
  deadline: number
}): Promise<void> {
  const { chaos, id, deadline } = options
  const open = async () =>
    (await chaos.temporal.workflow.getHandle(id).describe()).status.name === 'RUNNING'
  while (Date.now() < deadline && (await open().catch(() => true))) await sleep(500)
}

async function act(options: {
  chaos: ChaosPlatform
  id: string
  plan: Plan
  acts: StormResult['acts']
}): Promise<void> {
  const { chaos, id, plan, acts } = options
  if (!plan.act) return
  const { afterSeconds, inTraining = false } = plan.act
  if (inTraining)
    await waitFor(() => isTraining({ chaos, name: plan.pipeline.name }), {
      what: `training of ${id}`,
      deadline: 240,
    })
  await sleep(afterSeconds * (inTraining ? 100 : 1000))
  const handle = chaos.temporal.workflow.getHandle(id)
  const isCancel = plan.act.do === 'cancel'
  if (inTraining)
    for (const { role, process: worker } of chaos.workers().slots)
      if (role === 'control') worker?.kill('SIGKILL')
  await waitFor(
    async () => {
      if ((await handle.describe()).status.name !== 'RUNNING') return true
      await (isCancel ? handle.cancel() : terminateRun({ chaos, id }))
      if (isCancel) acts.cancelled++
      else acts.terminated++
      return true
    },
    { what: `${plan.act.do} of ${id}`, deadline: 60 },
  )
}

/** What sagemaker-local itself does wrong, in proportion to the number of pipelines. */
function scenarioFor(pipelines: number): object[] {
  const some = (share: number) => Math.max(1, Math.round(pipelines * share))
  const rule = (operation: string, fault: string, share: number, probability: number) => ({
    operation,
    do: fault,
    times: some(share),
    probability,
  })
  return [
    { jobs: 'chaos-*', when: { checkpoint: 2 }, do: 'interrupt', probability: 0.25, times: 2 },
    { jobs: 'chaos-*-a1', when: { phase: 'Starting' }, do: 'capacityError', probability: 0.04 },
    { jobs: 'chaos-*-a1', when: { phase: 'Starting' }, do: 'maxWait', probability: 0.04 },
    { jobs: 'chaos-*-a1', when: { phase: 'Training' }, do: 'internalError', probability: 0.04 },
    rule('CreateTrainingJob', 'crash', 0.03, 0.05),
    rule('CreateTrainingJob', 'dropReply', 0.1, 0.15),
    rule('CreateTrainingJob', 'error500AfterAccept', 0.1, 0.15),
    rule('CreateTrainingJob', 'throttle', 0.2, 0.15),
    rule('CreateTrainingJob', 'error500', 0.1, 0.1),
    rule('CreateProcessingJob', 'crash', 0.02, 0.05),
    rule('CreateProcessingJob', 'dropReply', 0.1, 0.15),
    rule('CreateModelPackage', 'dropReply', 0.1, 0.15),
    rule('CreateModelPackage', 'error500AfterAccept', 0.1, 0.15),
    rule('DescribeTrainingJob', 'throttle', 0.5, 0.03),
    rule('DescribeTrainingJob', 'error500', 0.5, 0.03),
    rule('StopTrainingJob', 'dropReply', 0.05, 0.3),
    rule('StopTrainingJob', 'error500', 0.05, 0.3),
  ]
}

interface Weather {
  /** Machines of jobs that were killed. */
  jobs: number
  counts: Record<string, number>
}

/** One fault after the other until the signal. */
async function trouble(options: {
  chaos: ChaosPlatform
  random: Random
  gap: number
  signal: AbortSignal
}): Promise<Weather> {
  const { chaos, random, gap, signal } = options
  const weather: Weather = { jobs: 0, counts: {} }
  const count = (what: string) => {
    weather.counts[what] = (weather.counts[what] ?? 0) + 1
  }
  const role = () => random.pick(['control', 'control', 'heavy'] as const)
  const killWorker = () => {
    chaos.workers().signal({ role: role(), signal: 'SIGKILL', random })
  }
  const faults: { weight: number; happen: () => void }[] = [
    { weight: 9, happen: killWorker },
    {
      weight: 2,
      happen: () => {
        if (chaos.workers().signal({ role: role(), signal: 'SIGTERM', random }))
          count('SIGTERM of a worker')
      },
    },
    {
      weight: 2,
      happen: () => {
        const slot = chaos.workers().signal({ role: role(), signal: 'SIGSTOP', random })
        if (!slot) return
        count('SIGSTOP of a worker')
        setTimeout(() => chaos.workers().resume(slot), random.between(2_000, 25_000)).unref()
      },
    },
    { weight: 2, happen: () => void chaos.kill('sagemaker') },
    { weight: 1, happen: () => void chaos.kill('temporal') },
    { weight: 1, happen: () => void chaos.kill('s3') },
    {
      weight: 2,
      happen: () => {
        const hunt = waitFor(() => killMachine({ dataDir: chaos.dataDir, random }), {
          what: 'training to kill',
          deadline: 10,
        })
        hunt.then(
          () => weather.jobs++,
          () => undefined,
        )
      },
    },
    { weight: 4, happen: () => damageS3({ chaos, random }) },
    { weight: 3, happen: () => damageSagemaker({ chaos, random }) },
  ]
  const hat = faults.flatMap(({ weight, happen }) => Array.from({ length: weight }, () => happen))
  while (!signal.aborted) {
    await sleep(random.between(0, 2 * gap * 1000), undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) random.pick(hat)()
  }
  for (const slot of chaos.workers().slots) chaos.workers().resume(slot)
  return weather
}

/** SIGKILL to everything that runs in the "container" of a training job, as when its host is lost. */
function killMachine({ dataDir, random }: { dataDir: string; random: Random }): boolean {
  const folder = join(dataDir, 'sagemaker', 'jobs')
  const shims = namesIn(folder).flatMap((name) => {
    try {
      const job = JSON.parse(readFileSync(join(folder, name, 'job.json'), 'utf8')) as {
        secondaryStatus: string
        attempt: number
      }
      if (job.secondaryStatus !== 'Training') return []
      const shim = readFileSync(join(folder, name, `run-${job.attempt}`, 'shim'), 'utf8')
      return [Number(shim.split('\n')[0])]
    } catch {
      return []
    }
  })
  if (shims.length === 0) return false
  try {
    process.kill(-random.pick(shims), 'SIGKILL')
    return true
  } catch {
    // It had just ended.
    return false
  }
}

function damageS3({ chaos, random }: { chaos: ChaosPlatform; random: Random }): void {
  const reads = ({ method }: { method: string }) => method === 'GET'
  const writes = ({ method }: { method: string }) => method === 'PUT'
  const any = () => true
  const at = Math.floor(random.between(1, 2_000))
  const rule = random.pick([
    { matches: any, fault: { do: 'status', status: 500, code: 'InternalError' }, times: 4 },
    { matches: any, fault: { do: 'throttle' }, times: 8 },
    { matches: any, fault: { do: 'delay', milliseconds: 3_000 }, times: 4 },
    { matches: reads, fault: { do: 'cut', at }, times: 2 },
    { matches: reads, fault: { do: 'flip', at }, times: 1 },
    { matches: reads, fault: { do: 'stall', at }, times: 1 },
    { matches: writes, fault: { do: 'loseReply' }, times: 2 },
  ] as const)
  chaos.s3.rules.push({ ...rule })
}

function damageSagemaker({ chaos, random }: { chaos: ChaosPlatform; random: Random }): void {
  const any = () => true
  const creates = ({ operation }: { operation: string }) => operation.startsWith('Create')
  const rule = random.pick([
    { matches: any, fault: { do: 'status', status: 500, code: 'InternalFailure' }, times: 4 },
    { matches: any, fault: { do: 'status', status: 503, code: 'ServiceUnavailable' }, times: 4 },
    { matches: any, fault: { do: 'throttle' }, times: 10 },
    { matches: any, fault: { do: 'delay', milliseconds: 3_000 }, times: 4 },
    { matches: any, fault: { do: 'cut', at: 20 }, times: 2 },
    { matches: creates, fault: { do: 'loseReply' }, times: 1 },
    { matches: creates, fault: { do: 'stall', at: 5 }, times: 1 },
  ] as const)
  chaos.sagemaker.rules.push({ ...rule })
}

/** How often each rule of the scenario was due, as sagemaker-local counts them. */
function orderedFaults(dataDir: string): Record<string, number> {
  const counts: Record<string, number> = {}
  const add = (what: string, more: number) => {
    if (more > 0) counts[what] = (counts[what] ?? 0) + more
  }
  const fired = readJson<Record<string, { fired: number }>>(
    join(dataDir, 'scenario.yaml.fired.json'),
  )
  for (const { fired: times } of Object.values(fired ?? {})) add('ordered of an operation', times)
  const folder = join(dataDir, 'sagemaker', 'jobs')
  for (const name of namesIn(folder)) {
    const job = readJson<{ fired?: Record<string, number> }>(join(folder, name, 'job.json'))
    for (const times of Object.values(job?.fired ?? {})) add('ordered of a job', times)
  }
  return counts
}

function proxyFaults(chaos: ChaosPlatform): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [name, proxy] of [
    ['S3', chaos.s3],
    ['SageMaker', chaos.sagemaker],
  ] as const)
    for (const [kind, times] of Object.entries(proxy.faults))
      counts[`proxy of ${name}: ${kind}`] = times
  return counts
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined
  }
}
