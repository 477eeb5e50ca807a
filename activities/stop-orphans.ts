import type { JudgedJob } from '../src/reaper/judged-job'
import { stopOrphans as stop } from '../src/reaper/stop-orphans'
import { messageOf } from '../src/errors'
import { byRegion } from '../src/reaper/by-region'
import type { Dependencies } from './dependencies'
import { inRegion } from './in-region'

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
  const { temporal, log } = deps
  const judge = { temporal, namespaceId, grace, lostNamespaces: [] }
  const done: JudgedJob[] = []
  for (const [region, there] of byRegion(orphans, deps.region)) {
    try {
      const { sagemaker } = inRegion(deps, region)
      done.push(...(await stop({ sagemaker, judge, orphans: there })))
    } catch (error) {
      // The others have their turn; the next pass tries again.
      const why = messageOf(error)
      done.push(...there.map((orphan) => ({ ...orphan, verdict: 'failed' as const, why })))
    }
  }
  for (const { jobName, workflowId, verdict, why } of done)
    log.warn({ jobName, workflowId, verdict, why }, 'the reaper met a job whose owner is gone')
  return done
}
