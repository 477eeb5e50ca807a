import { patched } from '@temporalio/workflow'

import type { SealedArtifact } from '../activities/seal-artifact'
import type { UploadedDataset } from '../activities/upload'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { Champion, Evaluation } from '../src/gate'
import { endingOf, attemptsPerPlacement } from '../src/job'
import type { RunSite } from '../src/run-site'
import { failRun } from './failures'
import { machineTries, pauseForMachine } from './machine-pause'
import { control } from './options'
import { runJob } from './run-job'

/** Seconds beyond `evaluate.maxRun` before the job counts as overdue. */
const margin = 2 * 3600

export interface Scored {
  score: Evaluation
  /** The one that it was compared with. */
  champion: Champion | null
}

/**
 * Scores the candidate in a job of its own, which loads the artifact afresh. A paid training is not
 * thrown away because no machine can score it now; but a job that ran and was lost is paid too.
 */
export async function evaluation(input: {
  site: RunSite
  pipeline: ResolvedPipeline
  dataset: UploadedDataset
  artifact: SealedArtifact
  /** Scored on the same rows, by the same job; null: there is none, or none is asked for. */
  champion: Champion | null
  onJob: (jobName: string) => void
}): Promise<Scored> {
  const { onJob, champion: first, ...request } = input
  const { site, pipeline } = request
  let champion = first
  let lost = 0
  for (let attempt = 1; attempt <= machineTries; attempt++) {
    if (attempt > 1) await pauseForMachine({ tried: attempt - 1 })
    const job = await control.freezeEvaluation({
      ...request,
      ...(champion && { champion }),
      attempt,
    })
    onJob(job.jobName)
    const deadline = pipeline.evaluate.maxRun + margin
    const end = await runJob({ job, site, deadline, afterPayment: true })
    if (end === 'no quota') continue

    const ending = endingOf(end.job)
    if (ending === 'completed') {
      const { metric } = pipeline.evaluate
      const score = await control.readEvaluation({ outputUri: job.outputUri, metric })
      return { score, champion }
    }
    if (ending === 'capacity') continue
    if (ending === 'infrastructure' && ++lost < attemptsPerPlacement) continue
    if (champion && patched('champion-read-again')) {
      // Deleted after it was read, its archive fails the job: that is waited for, as before the job.
      const now = await control.readChampion({ pipeline })
      const isAnother = now?.sha256 !== champion.sha256
      champion = now
      if (isAnother) continue
    }
    return failRun({
      code: 'E_EVALUATION_FAILED',
      message: end.job.failureReason ?? `the evaluation job ended ${end.job.status}`,
      where: job.jobName,
      hint: 'see `holdfast logs --stage evaluate`',
      logTail: await control.readLogTail({
        kind: 'processing',
        jobName: job.jobName,
        lines: 25,
        site,
      }),
    })
  }
  return failRun({
    code: 'E_EVALUATION_FAILED',
    message: `the evaluation job found no machine in ${machineTries} tries`,
    where: site.runId,
    hint: 'set evaluate.instanceType to a type with capacity',
  })
}
