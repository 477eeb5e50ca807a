import type { JudgedJob } from '../src/reaper/judged-job'
import { stopOrphans as stop } from '../src/reaper/stop-orphans'
import type { Dependencies } from './dependencies'

/** Takes the second look at each orphan, and stops it if it is still one. */
export async function stopOrphans(
  deps: Dependencies,
  options: {
    /** As the first look had it. */
    namespaceId: string
    /** Seconds. */
    grace: number
    orphans: JudgedJob[]
  },
): Promise<JudgedJob[]> {
  const { namespaceId, grace, orphans } = options
  const { sagemaker, temporal, log } = deps
  const judge = { temporal, namespaceId, grace, lostNamespaces: [] }
  const done = await stop({ sagemaker, judge, orphans })
  for (const { jobName, workflowId, verdict, why } of done)
    log.warn({ jobName, workflowId, verdict, why }, 'the reaper met a job whose owner is gone')
  return done
}
