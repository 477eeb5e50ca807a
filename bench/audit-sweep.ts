/** What a sweep left, from Temporal's histories and sagemaker-local's list alone. */

import { Client as TemporalClient, Connection } from '@temporalio/client'
import { paginateListTrainingJobs, type SageMakerClient } from '@aws-sdk/client-sagemaker'

import { createAwsClients } from '../src/aws/clients'

export interface SweepAudit {
  /** Runs of the sweep's workflow: it continues as new. */
  runs: number
  /** Of the longest of them. */
  maxHistoryEvents: number
  /** Children started and not closed at any one time, of any one run. */
  maxOpenChildren: number
  /** Jobs under way at any one time, over all runs. */
  maxJobs: number
  /** Numbers of trials that did not complete, or completed without a job. */
  lost: number[]
  /** Trials that were started more than once, and jobs that no trial accounts for. */
  duplicated: string[]
  openTrials: number
  runningJobs: number
}

export async function auditSweep(options: {
  env: Record<string, string>
  sweepId: string
  pipeline: string
  trials: number
}): Promise<SweepAudit> {
  const { env, sweepId, pipeline, trials } = options
  const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' })
  const temporal = new TemporalClient({ connection })
  try {
    const histories = await historiesOf({ temporal, sweepId })
    const started = histories.flatMap((run) => run.started)
    const told = await trialsOf({ temporal, sweepId })
    const { sagemaker } = createAwsClients({ env })
    const jobs = await jobsOf({ sagemaker, pipeline })
    const names = new Set(jobs.map(({ name }) => name))
    const accounted = new Set([...told.values()].flatMap((trial) => trial.jobs))
    const numbers = Array.from({ length: trials }, (_, index) => index + 1)
    return {
      runs: histories.length,
      maxHistoryEvents: Math.max(...histories.map(({ events }) => events)),
      maxOpenChildren: Math.max(...histories.map(({ mostOpen }) => mostOpen)),
      maxJobs: mostAtOnce(jobs),
      lost: numbers.filter((number) => {
        const trial = told.get(number)
        return trial?.status !== 'COMPLETED' || !trial.jobs.some((name) => names.has(name))
      }),
      duplicated: [
        ...started.filter((id, index) => started.indexOf(id) !== index),
        ...[...names].filter((name) => !accounted.has(name)),
      ],
      openTrials: [...told.values()].filter(({ status }) => status === 'RUNNING').length,
      runningJobs: jobs.filter(({ ended }) => ended === undefined).length,
    }
  } finally {
    await connection.close()
  }
}

interface RunOfSweep {
  events: number
  started: string[]
  mostOpen: number
}

async function historiesOf(options: {
  temporal: TemporalClient
  sweepId: string
}): Promise<RunOfSweep[]> {
  const { temporal, sweepId } = options
  const runs: RunOfSweep[] = []
  for await (const { runId } of temporal.workflow.list({ query: `WorkflowId = '${sweepId}'` })) {
    const { events } = await temporal.workflow.getHandle(sweepId, runId).fetchHistory()
    const started: string[] = []
    let open = 0
    let mostOpen = 0
    for (const event of events ?? []) {
      const begun = event.childWorkflowExecutionStartedEventAttributes
      if (begun) {
        started.push(begun.workflowExecution?.workflowId ?? '')
        mostOpen = Math.max(mostOpen, ++open)
      }
      if (
        event.childWorkflowExecutionCompletedEventAttributes ??
        event.childWorkflowExecutionFailedEventAttributes ??
        event.childWorkflowExecutionCanceledEventAttributes ??
        event.childWorkflowExecutionTerminatedEventAttributes
      )
        open--
    }
    runs.push({ events: events?.length ?? 0, started, mostOpen })
  }
  return runs
}

interface ToldTrial {
  status: string
  /** Names of its jobs, one for each attempt, as it says itself. */
  jobs: string[]
}

async function trialsOf(options: {
  temporal: TemporalClient
  sweepId: string
}): Promise<Map<number, ToldTrial>> {
  const { temporal, sweepId } = options
  const trials = new Map<number, ToldTrial>()
  const query = `WorkflowType = 'trial' AND SweepId = '${sweepId}'`
  for await (const { workflowId, status, memo } of temporal.workflow.list({ query })) {
    const { attempts = [] } = (memo?.['training'] ?? {}) as { attempts?: { jobName: string }[] }
    const number = Number(workflowId.slice(`${sweepId}/trial-`.length))
    trials.set(number, { status: status.name, jobs: attempts.map(({ jobName }) => jobName) })
  }
  return trials
}

interface ListedJob {
  name: string
  began: number
  /** Milliseconds since 1970; absent while it runs. */
  ended: number | undefined
}

async function jobsOf(options: {
  sagemaker: SageMakerClient
  pipeline: string
}): Promise<ListedJob[]> {
  const { sagemaker, pipeline } = options
  const jobs: ListedJob[] = []
  const pages = paginateListTrainingJobs(
    { client: sagemaker, pageSize: 100 },
    { NameContains: `${pipeline}-` },
  )
  for await (const { TrainingJobSummaries = [] } of pages) {
    for (const { TrainingJobName = '', CreationTime, TrainingEndTime } of TrainingJobSummaries) {
      const began = CreationTime?.getTime() ?? 0
      jobs.push({ name: TrainingJobName, began, ended: TrainingEndTime?.getTime() })
    }
  }
  return jobs
}

/** An end counts before a beginning at the same millisecond. */
function mostAtOnce(jobs: ListedJob[]): number {
  const steps = jobs.flatMap(({ began, ended = Infinity }) => [
    { at: began, by: 1 },
    { at: ended, by: -1 },
  ])
  let open = 0
  return steps
    .sort((a, b) => a.at - b.at || a.by - b.by)
    .reduce((most, { by }) => Math.max(most, (open += by)), 0)
}
