import { isCancellation } from '@temporalio/workflow'

import type { SealedArtifact } from '../activities/seal-artifact'
import type { Uploaded } from '../activities/upload'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { Evaluation } from '../src/gate'
import { endingOf, type FrozenJob, type JobSnapshot } from '../src/job'
import type { RunSite } from '../src/run-site'
import { failRun } from './failures'
import { control } from './options'
import { stopAndWait, waitForJob } from './wait-for-job'

/** Seconds beyond `evaluate.maxRun` before the job counts as overdue. */
const margin = 2 * 3600
const tries = 3

/** Scores the candidate in a job of its own, which loads the artifact afresh. */
export async function evaluation(input: {
  site: RunSite
  pipeline: ResolvedPipeline
  inputs: Uploaded
  artifact: SealedArtifact
  onJob: (jobName: string) => void
}): Promise<Evaluation> {
  const { onJob, ...request } = input
  for (let attempt = 1; attempt <= tries; attempt++) {
    const job = await control.freezeEvaluation({ ...request, attempt })
    onJob(job.jobName)
    const end = await runJob({
      job,
      site: input.site,
      deadline: input.pipeline.evaluate.maxRun + margin,
    })
    const ending = endingOf(end)
    if (ending === 'completed') return control.readEvaluation({ outputUri: job.outputUri })
    if (ending !== 'capacity' && ending !== 'infrastructure') {
      return failRun({
        code: 'E_EVALUATION_FAILED',
        message: end.failureReason ?? `the evaluation job ended ${end.status}`,
        where: job.jobName,
        hint: 'see `holdfast logs --stage evaluate`',
        logTail: await control.readLogTail({ kind: 'processing', jobName: job.jobName, lines: 25 }),
      })
    }
  }
  return failRun({
    code: 'E_EVALUATION_FAILED',
    message: `the evaluation job found no machine in ${tries} tries`,
    where: input.site.runId,
    hint: 'set evaluate.instanceType to a type with capacity',
  })
}

async function runJob(options: {
  job: FrozenJob
  site: RunSite
  deadline: number
}): Promise<JobSnapshot> {
  const { job, site, deadline } = options
  const { kind, jobName } = job
  try {
    await control.createJob({ job, site })
    return await waitForJob({ kind, jobName, deadline })
  } catch (error) {
    if (isCancellation(error)) await stopAndWait({ kind, jobName })
    throw error
  }
}
