import {
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  DescribeTransformJobCommand,
  StopProcessingJobCommand,
  StopTrainingJobCommand,
  StopTransformJobCommand,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'

import { isNotThere } from '../aws/classify-error'
import { HoldfastError, messageOf } from '../errors'
import { judgeJob, type Judge } from './judge-job'
import { jobTags } from './job-tags'
import type { JudgedJob } from './judged-job'
import { namespaceIdOf } from './namespace-id'
import { patiently } from './patiently'

/**
 * Looks a second time, at the job and at its owner, and only then stops it; of a trial that nobody
 * waits for the workflow is cancelled, which stops the job itself. Never throws for one job: the
 * others must have their turn.
 */
export async function stopOrphan(options: {
  sagemaker: SageMakerClient
  judge: Judge
  orphan: JudgedJob
}): Promise<JudgedJob> {
  const { sagemaker, judge, orphan } = options
  const say = (verdict: JudgedJob['verdict'], why = orphan.why) => ({ ...orphan, verdict, why })
  try {
    const status = await statusOf({ sagemaker, job: orphan })
    if (status === 'Stopping') return say('stopping')
    if (status !== 'InProgress') return say('ended', `it is ${status} by now`)
    if ((await namespaceIdOf(judge.temporal)) !== judge.namespaceId)
      return say('unknown', 'the namespace became another one between two looks')
    const tags = await jobTags({ sagemaker, job: orphan })
    const again = await judgeJob({ judge, job: orphan, tags })
    if (again?.verdict !== 'orphan') return again ?? say('unknown', 'its tags are gone')
    if (again.remedy === 'cancel the trial') {
      await cancelOwner({ judge, job: again })
      return { ...again, verdict: 'cancelled' }
    }
    return { ...again, verdict: await stop({ sagemaker, job: orphan }) }
  } catch (error) {
    const silent = error instanceof HoldfastError && error.code === 'E_TEMPORAL_UNREACHABLE'
    return say(silent ? 'unknown' : 'failed', messageOf(error))
  }
}

async function cancelOwner({ judge, job }: { judge: Judge; job: JudgedJob }): Promise<void> {
  const { workflowId, firstRunId } = job
  if (workflowId === null) return
  // Of this chain of executions alone, should the id have been used again.
  await judge.temporal.workflow
    .getHandle(workflowId, undefined, { firstExecutionRunId: firstRunId })
    .cancel()
}

/**
 * A job that ends in the same moment answers ValidationException (G13), and so does one whose stop was
 * accepted though its reply was lost: a look says what it is, and one that was stopped is ours.
 */
async function stop({
  sagemaker,
  job,
}: {
  sagemaker: SageMakerClient
  job: JudgedJob
}): Promise<'stopped' | 'ended'> {
  const { kind, jobName } = job
  try {
    await patiently(async () => {
      if (kind === 'training')
        await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: jobName }))
      else if (kind === 'transform')
        await sagemaker.send(new StopTransformJobCommand({ TransformJobName: jobName }))
      else await sagemaker.send(new StopProcessingJobCommand({ ProcessingJobName: jobName }))
    })
    return 'stopped'
  } catch (error) {
    const status = await statusOf({ sagemaker, job })
    if (status === 'InProgress') throw error
    return status === 'Stopping' || status === 'Stopped' ? 'stopped' : 'ended'
  }
}

/** As SageMaker says it now; `gone` when there is no such job. */
async function statusOf({
  sagemaker,
  job,
}: {
  sagemaker: SageMakerClient
  job: JudgedJob
}): Promise<string> {
  const { kind, jobName } = job
  try {
    return await patiently(async () => {
      if (kind === 'training') {
        const command = new DescribeTrainingJobCommand({ TrainingJobName: jobName })
        return (await sagemaker.send(command)).TrainingJobStatus ?? 'InProgress'
      }
      if (kind === 'transform') {
        const command = new DescribeTransformJobCommand({ TransformJobName: jobName })
        return (await sagemaker.send(command)).TransformJobStatus ?? 'InProgress'
      }
      const command = new DescribeProcessingJobCommand({ ProcessingJobName: jobName })
      return (await sagemaker.send(command)).ProcessingJobStatus ?? 'InProgress'
    })
  } catch (error) {
    if (isNotThere(error)) return 'gone'
    throw error
  }
}
