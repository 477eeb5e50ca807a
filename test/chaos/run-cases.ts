import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ExpectedRun } from './auditor/audit'
import type { ChaosPipeline } from './chaos-pipeline'
import type { ChaosPlatform } from './chaos-platform'
import type { PointOrder } from './fault-points'

/** One run with one thing done to it at one moment. */
export interface Case extends Pick<ExpectedRun, 'mayEnd' | 'codes'> {
  /** What is tried, for people: `create-accepted × kill`. */
  title: string
  pipeline: ChaosPipeline
  /** Left for the workers before the run begins. */
  order?: PointOrder
  /** What is done while the point is held. */
  then?: (run: { chaos: ChaosPlatform; id: string }) => Promise<void>
  /** What is done once the training trains, without any point. */
  inTraining?: (run: { chaos: ChaosPlatform; id: string }) => Promise<void>
}

export interface CasesResult {
  runs: ExpectedRun[]
  /** Titles by run. */
  titles: Map<string, string>
  /** Cases whose moment never came: they show nothing. */
  unmet: string[]
}

/** Runs the cases, some at a time, until each has ended or its time is over. */
export async function runCases(options: {
  chaos: ChaosPlatform
  cases: Case[]
  parallel: number
  /** For its moment, and again for its end; then a run is left to the auditor. */
  seconds: number
  say: (line: string) => void
}): Promise<CasesResult> {
  const { chaos, cases, parallel, seconds, say } = options
  const result: CasesResult = { runs: [], titles: new Map(), unmet: [] }
  const queue = [...cases]
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { id, met } = await runCase({ chaos, each: next, seconds })
      const { mayEnd, codes, title } = next
      result.runs.push({ id, mayEnd, ...(codes ? { codes } : {}) })
      result.titles.set(id, title)
      if (!met) result.unmet.push(title)
      say(`${title}: ${met ? 'done' : 'its moment never came'}`)
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  return result
}

async function runCase(options: {
  chaos: ChaosPlatform
  each: Case
  seconds: number
}): Promise<{ id: string; met: boolean }> {
  const { chaos, each, seconds } = options
  const { pipeline, order, then, inTraining } = each
  const file = join(chaos.orders, pipeline.name)
  if (order) writeFileSync(`${file}.json`, JSON.stringify(order))
  const id = await chaos.run(pipeline)
  const within = async (condition: () => boolean): Promise<boolean> => {
    const end = Date.now() + seconds * 1000
    // A run that has ended comes to no moment any more.
    while (!condition() && Date.now() < end && (await isOpen({ chaos, id }))) await sleep(300)
    return condition()
  }
  let met = true
  if (inTraining) met &&= await within(() => isTraining({ chaos, name: pipeline.name }))
  await inTraining?.({ chaos, id })
  if (order?.act === 'hold') {
    met &&= await within(() => existsSync(`${file}.reached`))
    await then?.({ chaos, id })
    writeFileSync(`${file}.go`, '')
  }
  const end = Date.now() + seconds * 1000
  while (Date.now() < end && (await isOpen({ chaos, id }))) await sleep(300)
  return { id, met: met && (order === undefined || existsSync(`${file}.taken`)) }
}

/** Read from sagemaker-local's records, so that no call of ours wakes anything. */
export function isTraining({ chaos, name }: { chaos: ChaosPlatform; name: string }): boolean {
  const folder = join(chaos.dataDir, 'sagemaker', 'jobs')
  if (!existsSync(folder)) return false
  return readdirSync(folder)
    .filter((job) => job.startsWith(`${name}-`))
    .some((job) => {
      try {
        const text = readFileSync(join(folder, job, 'job.json'), 'utf8')
        return (JSON.parse(text) as { secondaryStatus: string }).secondaryStatus === 'Training'
      } catch {
        return false
      }
    })
}

async function isOpen({ chaos, id }: { chaos: ChaosPlatform; id: string }): Promise<boolean> {
  try {
    return (await chaos.temporal.workflow.getHandle(id).describe()).status.name === 'RUNNING'
  } catch {
    // Temporal is being started again.
    return true
  }
}

/** Asks for the end of a run, as its user does. */
export async function cancelRun({
  chaos,
  id,
}: {
  chaos: ChaosPlatform
  id: string
}): Promise<void> {
  await chaos.temporal.workflow.getHandle(id).cancel()
}

/** The run and its training, at once: nothing of ours is left that could stop its job. */
export async function terminateRun({
  chaos,
  id,
}: {
  chaos: ChaosPlatform
  id: string
}): Promise<void> {
  await chaos.temporal.workflow.getHandle(id).terminate('chaos')
  await chaos.temporal.workflow
    .getHandle(`${id}/training`)
    .terminate('chaos')
    // It has none yet, or it has ended.
    .catch(() => undefined)
}

/** Takes a terminate back: the run begins anew under the same id, and finds its job by its name. */
export async function resetRun({ chaos, id }: { chaos: ChaosPlatform; id: string }): Promise<void> {
  const { temporal } = chaos
  const handle = temporal.workflow.getHandle(id)
  const { runId } = await handle.describe()
  const { events } = await handle.fetchHistory()
  const first = events?.find(({ workflowTaskCompletedEventAttributes: done }) => done)
  await temporal.workflowService.resetWorkflowExecution({
    namespace: temporal.options.namespace,
    workflowExecution: { workflowId: id, runId },
    reason: 'it was terminated by mistake',
    workflowTaskFinishEventId: first?.eventId ?? null,
    requestId: randomUUID(),
  })
}
