/** Two real Temporal servers that share one SageMaker account, and owners without workers. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'

import {
  CreateTrainingJobCommand,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  type CreateTrainingJobCommandInput,
} from '@aws-sdk/client-sagemaker'
import type { Client as TemporalClient } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'

import { createJob } from '../../../activities/create-job'
import { freezeEvaluation } from '../../../activities/freeze-evaluation'
import { freezeTraining } from '../../../activities/freeze-training'
import type { Owner } from '../../../src/aws/names'
import type { FrozenJob } from '../../../src/job'
import type { Platform } from '../../../src/local/platform'
import type { ReapReport } from '../../../src/reaper/judged-job'
import { reap, type ReapOptions } from '../../../src/reaper/reap'
import { startLocalAws, type LocalAws } from '../../activities/local-aws'
import { uploaded } from '../../activities/uploaded'
import { pipeline } from '../plan/pipeline'
import { withTemporalServer, type TemporalServer } from '../temporal-server'

type Commands = NonNullable<
  Parameters<TemporalClient['workflowService']['respondWorkflowTaskCompleted']>[0]['commands']
>

/** temporal.api.enums.v1.CommandType */
const commandTypes = { complete: 4, fail: 5, cancel: 7, continueAsNew: 10, startChild: 11 } as const

/** A Temporal server of its own, driven by hand: no worker takes anything by itself. */
export interface Cluster {
  temporal: TemporalClient
  namespaceId: string
  platform: Platform
  /** Starts a workflow that waits for a worker for ever. */
  start(workflowId: string): Promise<Owner>
  /** Answers the next workflow task of an owner, as a worker would. */
  answer(owner: Owner, commands?: Commands): Promise<void>
  complete(owner: Owner): Promise<void>
  fail(owner: Owner): Promise<void>
  /** As a workflow ends that was asked to cancel. */
  endCancelled(owner: Owner): Promise<void>
  /** Kills it, deletes its database, and starts it again: it knows nothing any more. */
  loseDatabase(): Promise<void>
  continueAsNew(owner: Owner): Promise<void>
  /** Starts a trial that is not tied to its parent. */
  startTrial(parent: Owner, workflowId: string): Promise<Owner>
  /** To its first workflow task; a closed one is opened again by it. */
  reset(owner: Owner): Promise<void>
  stop(): Promise<void>
}

type Started = Pick<Cluster, 'stop'>

/**
 * All of them or none: when one does not start, those that did are stopped.
 *
 * @example
 * ;[account, cluster] = await startTogether([startAccount(), startCluster()])
 */
export async function startTogether<T extends readonly Promise<Started>[] | []>(starts: T) {
  const ends = await Promise.allSettled<readonly Promise<Started>[]>(starts)
  const failed = ends.find((end) => end.status === 'rejected')
  if (!failed) return Promise.all(starts)
  for (const end of ends) if (end.status === 'fulfilled') await end.value.stop()
  throw failed.reason
}

export const startCluster = (): Promise<Cluster> => withTemporalServer(clusterOn)

async function clusterOn({ platform, dataDir, temporal, stop }: TemporalServer): Promise<Cluster> {
  const { workflowService } = temporal
  const { namespaceInfo } = await workflowService.describeNamespace({ namespace: 'default' })
  const namespaceId = namespaceInfo?.id ?? ''
  const queueOf = (workflowId: string) => ({ name: `by-hand/${workflowId}` })

  const answer = async ({ workflowId }: Owner, commands: Commands = []) => {
    const taskQueue = queueOf(workflowId)
    const { taskToken } = await temporal.withDeadline(Date.now() + 60_000, () =>
      workflowService.pollWorkflowTaskQueue({ namespace: 'default', taskQueue, identity: 'hand' }),
    )
    if (!taskToken?.length) throw new Error(`there was no workflow task of ${workflowId}`)
    await workflowService.respondWorkflowTaskCompleted({
      namespace: 'default',
      taskToken,
      commands,
      identity: 'hand',
    })
  }
  return {
    temporal,
    namespaceId,
    platform,
    async start(workflowId) {
      const { firstExecutionRunId: firstRunId } = await temporal.workflow.start('pipeline', {
        workflowId,
        taskQueue: queueOf(workflowId).name,
        // From a task that is taken to its answer; by default ten seconds, which a busy machine may take.
        workflowTaskTimeout: '2m',
      })
      return { namespaceId, workflowId, firstRunId }
    },
    answer,
    complete: (owner) =>
      answer(owner, [
        {
          commandType: commandTypes.complete,
          completeWorkflowExecutionCommandAttributes: {
            result: { payloads: [defaultPayloadConverter.toPayload(null)] },
          },
        },
      ]),
    fail: (owner) =>
      answer(owner, [
        {
          commandType: commandTypes.fail,
          failWorkflowExecutionCommandAttributes: { failure: { message: 'a test' } },
        },
      ]),
    endCancelled: (owner) =>
      answer(owner, [
        { commandType: commandTypes.cancel, cancelWorkflowExecutionCommandAttributes: {} },
      ]),
    async loseDatabase() {
      await platform.kill('temporal')
      const files = await readdir(dataDir)
      const lost = files.filter((name) => name.startsWith('temporal.db'))
      if (lost.length === 0) throw new Error('there is no database to lose')
      await Promise.all(lost.map((name) => rm(join(dataDir, name))))
      await platform.start('temporal')
    },
    continueAsNew: (owner) =>
      answer(owner, [
        {
          commandType: commandTypes.continueAsNew,
          continueAsNewWorkflowExecutionCommandAttributes: {
            workflowType: { name: 'pipeline' },
            taskQueue: queueOf(owner.workflowId),
          },
        },
      ]),
    async startTrial(parent, workflowId) {
      await answer(parent, [
        {
          commandType: commandTypes.startChild,
          startChildWorkflowExecutionCommandAttributes: {
            namespace: 'default',
            workflowId,
            workflowType: { name: 'trial' },
            taskQueue: queueOf(workflowId),
            // temporal.api.enums.v1.ParentClosePolicy: ABANDON
            parentClosePolicy: 2,
          },
        },
      ])
      // The parent hears of its child's start in a task of its own.
      await answer(parent)
      const { runId: firstRunId } = await temporal.workflow.getHandle(workflowId).describe()
      return { namespaceId, workflowId, firstRunId }
    },
    async reset({ workflowId }) {
      const { runId } = await temporal.workflow.getHandle(workflowId).describe()
      await workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId, runId },
        reason: 'a test',
        requestId: randomUUID(),
        // WorkflowTaskStarted is the third event.
        workflowTaskFinishEventId: 3 as never,
      })
    },
    stop,
  }
}

/** A pass reads the list of trainings twice, among six: at this pace no more than twice a second. */
export const pace = { pageSize: 100, pause: 170 }

/** One account, with the real sagemaker-local and jobs that stand still. */
export interface Account {
  local: LocalAws
  /** A job as Holdfast itself makes it, for this owner. */
  job(owner: Owner, options?: { expiresAt?: string; attempt?: number }): Promise<string>
  /** An evaluation, which is a processing job. */
  evaluation(owner: Owner): Promise<string>
  evaluationStatus(jobName: string): Promise<string>
  /** A training job that Holdfast has never heard of. */
  strangersJob(name: string): Promise<string>
  status(jobName: string): Promise<string>
  /** One pass, with no grace and no pause unless the test says so. */
  pass(cluster: Cluster, options?: Partial<ReapOptions>): Promise<ReapReport>
  stop(): Promise<void>
}

export async function startAccount(): Promise<Account> {
  const local = await startLocalAws()
  const { sagemaker, cloudwatch } = local.aws

  async function freeze(owner: Owner, attempt = 1): Promise<FrozenJob> {
    const deps = { ...local.deps, namespaceId: owner.namespaceId }
    const site = siteOf(owner)
    return freezeTraining(deps, {
      site,
      pipeline,
      inputs: uploaded(site),
      placement: { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
      attempt,
    })
  }
  const siteOf = ({ workflowId, firstRunId }: Owner) => ({
    ...local.site(`${workflowId}-${firstRunId}`),
    runId: workflowId,
    firstRunId,
  })
  const requestOf = async (job: FrozenJob) =>
    JSON.parse(
      (await local.storage.read(job.requestUri)).toString('utf8'),
    ) as CreateTrainingJobCommandInput

  return {
    local,
    async job(owner, { expiresAt, attempt } = {}) {
      const job = await freeze(owner, attempt)
      if (expiresAt === undefined) {
        const deps = { ...local.deps, namespaceId: owner.namespaceId }
        await createJob(deps, { job, site: siteOf(owner) })
        return job.jobName
      }
      const { Tags = [], ...request } = await requestOf(job)
      const changed = Tags.map((tag) =>
        tag.Key === 'holdfast:expires-at' ? { ...tag, Value: expiresAt } : tag,
      )
      await sagemaker.send(new CreateTrainingJobCommand({ ...request, Tags: changed }))
      return job.jobName
    },
    async evaluation(owner) {
      const deps = { ...local.deps, namespaceId: owner.namespaceId }
      const site = siteOf(owner)
      const job = await freezeEvaluation(deps, {
        site,
        pipeline,
        dataset: uploaded(site).dataset,
        artifact: { uri: `${site.run}/model.tar.gz`, sha256: 'x', size: 1 },
        attempt: 1,
      })
      await createJob(deps, { job, site })
      return job.jobName
    },
    async evaluationStatus(jobName) {
      const command = new DescribeProcessingJobCommand({ ProcessingJobName: jobName })
      return (await sagemaker.send(command)).ProcessingJobStatus ?? ''
    },
    async strangersJob(name) {
      const owner = { namespaceId: 'n', workflowId: `strangers-${name}`, firstRunId: 'r' }
      const request = await requestOf(await freeze(owner))
      const Tags = [{ Key: 'team', Value: 'somebody else' }]
      await sagemaker.send(
        new CreateTrainingJobCommand({ ...request, TrainingJobName: name, Tags }),
      )
      return name
    },
    async status(jobName) {
      const command = new DescribeTrainingJobCommand({ TrainingJobName: jobName })
      return (await sagemaker.send(command)).TrainingJobStatus ?? ''
    },
    pass: ({ temporal }, options = {}) =>
      reap({
        sagemaker,
        cloudwatch,
        account: local.deps.account,
        temporal,
        grace: 0,
        pause: 0,
        pace,
        ...options,
      }),
    stop: () => local.stop(),
  }
}

/** What a pass says of one job. */
export function verdictOn(report: ReapReport, jobName: string): string | undefined {
  return report.jobs.find((job) => job.jobName === jobName)?.verdict
}
