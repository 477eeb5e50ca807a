import { CancellationScope, workflowInfo } from '@temporalio/workflow'

import { attemptsPerPlacement, endingOf } from '../src/job'
import type { RunSite } from '../src/run-site'
import type { Transformed, TransformOrder, TransformState } from '../src/transform/transform-order'
import { endingOf as workflowEndingOf, failRun, runErrorOf } from './failures'
import { machineTries, pauseForMachine } from './machine-pause'
import { control, heavy, tidying } from './options'
import { runJob } from './run-job'
import { transformAnnouncer } from './transform-announcer'

export interface TransformWorkflowInput {
  order: TransformOrder
}

/** Seconds beyond `maxRun` for what the service does before and after. */
const margin = 2 * 3600

/**
 * Every object of the input through the model, once: the model is made, a job answers, and what it
 * wrote is counted. Whatever goes wrong, the job is stopped first and the model deleted last.
 */
export async function transform({ order }: TransformWorkflowInput): Promise<TransformState> {
  const say = transformAnnouncer(order)
  const { workflowId: runId, firstExecutionRunId: firstRunId } = workflowInfo()
  let site: RunSite | undefined
  try {
    say.begins('look at the input')
    site = await control.openTransform({ runId, firstRunId, order })
    if (order.packing) {
      say.begins('pack the script')
      await heavy.packInference({ site, packing: order.packing })
    }
    await control.makeTransformModel({ site, order })
    const transformed = await answered({ site, order, say })
    await forget({ site, order })
    return say.ended('completed', { transformed })
  } catch (error) {
    if (site) await forget({ site, order })
    const { cancelled, failure } = workflowEndingOf(error)
    if (cancelled) say.ended('cancelled')
    else {
      const { code, message, hint, logTail } = runErrorOf(error)
      const more = { ...(hint && { hint }), ...(logTail && { logTail }) }
      say.ended('failed', { error: { code, message, ...more } })
    }
    throw failure
  }
}

interface Step {
  site: RunSite
  order: TransformOrder
}

/** A job that was lost is paid for already: a few of them; one that finds no machine costs nothing. */
async function answered({
  site,
  order,
  say,
}: Step & { say: ReturnType<typeof transformAnnouncer> }): Promise<Transformed> {
  let lost = 0
  for (let attempt = 1; attempt <= machineTries; attempt++) {
    if (attempt > 1) await pauseForMachine({ tried: attempt - 1 })
    const job = await control.freezeTransform({ site, order, attempt })
    say.runsIn(job.jobName, attempt, job.outputUri)
    const deadline = order.maxRun + margin
    const end = await runJob({ job, site, deadline, afterPayment: attempt > 1 })
    if (end === 'no quota') continue

    const ending = endingOf(end.job)
    if (ending === 'completed') {
      say.begins('count the answers')
      return control.readTransformed({ site, order, job })
    }
    if (ending === 'capacity') continue
    if (ending === 'infrastructure' && ++lost < attemptsPerPlacement) continue
    const { failureReason, status } = end.job
    return failRun({
      code: 'E_TRANSFORM_FAILED',
      message: end.overdue
        ? 'the job was not over within transform.maxRun, and was stopped'
        : (failureReason ?? `the job ended ${status}`),
      where: job.jobName,
      hint: 'the last lines of its log say more; what it wrote lies in its output folder',
      logTail: await control.readLogTail({
        kind: 'transform',
        jobName: job.jobName,
        lines: 25,
        site,
      }),
    })
  }
  return failRun({
    code: 'E_TRANSFORM_FAILED',
    message: `the job found no machine in ${machineTries} tries`,
    hint: 'set transform.instanceType to a type with capacity',
  })
}

/** That the model cannot be deleted fails nobody. */
async function forget({ site, order: { name } }: Step): Promise<void> {
  await CancellationScope.nonCancellable(() =>
    tidying.removeTransformModel({ site, order: { name } }).catch(() => undefined),
  )
}
