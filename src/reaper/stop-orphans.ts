import type { SageMakerClient } from '@aws-sdk/client-sagemaker'

import { chunks } from '../chunks'
import type { Judge } from './judge-job'
import type { JudgedJob } from './judged-job'
import { stopOrphan } from './stop-orphan'

/** Stopped together. */
const atOnce = 5

/** Takes a second look at each orphan and stops it; the verdicts say what became of each. */
export async function stopOrphans(options: {
  sagemaker: SageMakerClient
  judge: Judge
  orphans: readonly JudgedJob[]
}): Promise<JudgedJob[]> {
  const { sagemaker, judge, orphans } = options
  const done: JudgedJob[] = []
  for (const some of chunks(orphans, atOnce))
    done.push(
      ...(await Promise.all(some.map((orphan) => stopOrphan({ sagemaker, judge, orphan })))),
    )
  return done
}
