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
  /** Trial numbers without a completed trial. */
  lost: number[]
  /** Trials that were started more than once, and jobs beyond one for each trial. */
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
    const startedBy = histories.flatMap(({ started }) => started)
    const { completed, open } = await trialsOf({ temporal, sweepId })
    const { sagemaker } = createAwsClients({ env })
    const jobs = await jobsOf({ sagemaker, pipeline })
    const numbers = Array.from({ length: trials }, (_, index) => index + 1)
    const twice = startedBy.filter((id, index) => startedBy.indexOf(id) !== index)
    const surplus = jobs.names.length - new Set(startedBy).size
    return {
      runs: histories.length,
      maxHistoryEvents: Math.max(...histories.map(({ events }) => events)),
      maxOpenChildren: Math.max(...histories.map(({ mostOpen }) => mostOpen)),
      lost: numbers.filter((number) => !completed.has(number)),
      duplicated: [...twice, ...(surplus > 0 ? [`${surplus} jobs too many`] : [])],
      openTrials: open,
      runningJobs: jobs.running,
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

async function trialsOf(options: {
  temporal: TemporalClient
  sweepId: string
}): Promise<{ completed: Set<number>; open: number }> {
  const { temporal, sweepId } = options
  const completed = new Set<number>()
  let open = 0
  const query = `WorkflowType = 'trial' AND SweepId = '${sweepId}'`
  for await (const { workflowId, status } of temporal.workflow.list({ query })) {
    if (status.name === 'COMPLETED') completed.add(Number(workflowId.slice(-4)))
    if (status.name === 'RUNNING') open++
  }
  return { completed, open }
}

async function jobsOf(options: {
  sagemaker: SageMakerClient
  pipeline: string
}): Promise<{ names: string[]; running: number }> {
  const { sagemaker, pipeline } = options
  const names: string[] = []
  let running = 0
  const pages = paginateListTrainingJobs(
    { client: sagemaker, pageSize: 100 },
    { NameContains: `${pipeline}-` },
  )
  for await (const { TrainingJobSummaries = [] } of pages) {
    for (const { TrainingJobName = '', TrainingJobStatus = '' } of TrainingJobSummaries) {
      names.push(TrainingJobName)
      if (TrainingJobStatus === 'InProgress' || TrainingJobStatus === 'Stopping') running++
    }
  }
  return { names, running }
}
