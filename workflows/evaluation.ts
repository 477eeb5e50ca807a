import { sleep } from '@temporalio/workflow'

import type { SealedArtifact } from '../activities/seal-artifact'
import type { Uploaded } from '../activities/upload'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { Evaluation } from '../src/gate'
import { endingOf } from '../src/job'
import type { RunSite } from '../src/run-site'
import { failRun } from './failures'
import { control } from './options'
import { runJob } from './run-job'

/** Seconds beyond `evaluate.maxRun` before the job counts as overdue. */
const margin = 2 * 3600
/** Minutes between two tries when there is no machine: doubled from the least to the most. */
const pause = { least: 1, most: 30 }
/** Tries: about a day. A paid training is not thrown away because no machine can score it now. */
const tries = 52

/** Scores the candidate in a job of its own, which loads the artifact afresh. */
export async function evaluation(input: {
  site: RunSite
  pipeline: ResolvedPipeline
  inputs: Uploaded
  artifact: SealedArtifact
  onJob: (jobName: string) => void
}): Promise<Evaluation> {
  const { onJob, ...request } = input
  const { site, pipeline } = request
  for (let attempt = 1; attempt <= tries; attempt++) {
    if (attempt > 1) await sleep(`${Math.min(pause.most, pause.least * 2 ** (attempt - 2))}m`)
    const job = await control.freezeEvaluation({ ...request, attempt })
    onJob(job.jobName)
    const end = await runJob({ job, site, deadline: pipeline.evaluate.maxRun + margin })
    if (end === 'no quota') continue

    const ending = endingOf(end.job)
    if (ending === 'completed') return control.readEvaluation({ outputUri: job.outputUri })
    if (ending === 'capacity' || ending === 'infrastructure') continue
    return failRun({
      code: 'E_EVALUATION_FAILED',
      message: end.job.failureReason ?? `the evaluation job ended ${end.job.status}`,
      where: job.jobName,
      hint: 'see `holdfast logs --stage evaluate`',
      logTail: await control.readLogTail({
        kind: 'processing',
        jobName: job.jobName,
        lines: 25,
      }),
    })
  }
  return failRun({
    code: 'E_EVALUATION_FAILED',
    message: `the evaluation job found no machine in ${tries} tries`,
    where: site.runId,
    hint: 'set evaluate.instanceType to a type with capacity',
  })
}
