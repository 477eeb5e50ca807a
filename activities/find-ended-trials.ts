import { WorkflowNotFoundError, type WorkflowExecutionDescription } from '@temporalio/client'

import { joinUri } from '../src/aws/s3-uri'
import { chunks } from '../src/chunks'
import type { RunSite } from '../src/run-site'
import type { Attempt } from '../src/run-state'
import { trialId, trialName, type TrialEnd } from '../src/sweep/sweep-state'
import { storageOf, type Dependencies } from './dependencies'
import { readTrialRecord } from './seal-trial'
import { inRegion } from './in-region'
import { stopJob } from './stop-job'

export interface EndedTrials {
  ended: TrialEnd[]
  /** Ended too, without a record: their jobs are being stopped. */
  stopping: number[]
}

/** Looked at together. */
const atOnce = 20

const closed = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT'])

/**
 * Which of these trials have ended without their sweep knowing. Temporal says whether, the trial's
 * own record says how. One that left no record was terminated: its job is stopped, and until that
 * has ended the trial has not.
 */
export async function findEndedTrials(
  deps: Dependencies,
  options: { site: RunSite; sweepId: string; numbers: number[] },
): Promise<EndedTrials> {
  const { site, sweepId, numbers } = options
  const found: EndedTrials = { ended: [], stopping: [] }
  for (const some of chunks(numbers, atOnce)) {
    await Promise.all(
      some.map(async (number) => {
        const end = await endOf({ deps, site, sweepId, number })
        if (end === 'stopping') found.stopping.push(number)
        else if (end !== 'running') found.ended.push(end)
      }),
    )
  }
  return found
}

async function endOf(options: {
  deps: Dependencies
  site: RunSite
  sweepId: string
  number: number
}): Promise<TrialEnd | 'running' | 'stopping'> {
  const { deps, site, sweepId, number } = options
  const trial = await describe(deps, trialId({ sweepId, number }))
  if (trial && !closed.has(trial.status.name)) return 'running'
  const run = joinUri(site.run, 'trials', trialName(number))
  const record = await readTrialRecord(await storageOf(deps), run)
  if (record !== null) return record.end
  if (trial && !(await jobHasEnded({ deps, site: { ...site, run }, trial }))) return 'stopping'
  const why = trial?.status.name.toLowerCase() ?? 'not there'
  return {
    number,
    state: 'failed',
    score: null,
    artifactUri: null,
    attempts: [],
    error: {
      code: 'E_TRIAL_LOST',
      message: `the trial's workflow left no record: ${why}`,
      where: trialName(number),
      hint: 'it was ended from outside; its job was stopped, and the sweep goes on without it',
    },
  }
}

async function describe(
  deps: Dependencies,
  workflowId: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await deps.temporal.workflow.getHandle(workflowId).describe()
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

/** Its name is in the trial's memo before it is created. */
async function jobHasEnded(options: {
  deps: Dependencies
  site: RunSite
  trial: WorkflowExecutionDescription
}): Promise<boolean> {
  const { deps, site, trial } = options
  const { attempts = [] } = (trial.memo?.['training'] ?? {}) as { attempts?: Attempt[] }
  const { jobName, placement: { region = deps.region } = {} } = attempts.at(-1) ?? {}
  if (!jobName) return true
  const owner = { ...site, runId: trial.workflowId, firstRunId: trial.runId }
  const job = { kind: 'training' as const, jobName }
  const answer = await stopJob(inRegion(deps, region), { job, site: owner })
  return answer !== 'stopping'
}
