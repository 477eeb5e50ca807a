import { setTimeout as sleep } from 'node:timers/promises'

import { findOrphans, type FindOptions } from './find-orphans'
import { secondLookAfter, type ReapReport } from './judged-job'
import { stopOrphans } from './stop-orphans'

export interface ReapOptions extends FindOptions {
  /** Only say what would be stopped. */
  dryRun?: boolean
  /** Asked before anything is stopped, with all that was found; false makes it a dry run. */
  confirm?: ((found: ReapReport) => Promise<boolean>) | undefined
  /** Milliseconds between the two looks. */
  pause?: number
}

/** One pass: look, wait, look again, stop. */
export async function reap(options: ReapOptions): Promise<ReapReport> {
  const { sagemaker, dryRun = false, confirm, pause = secondLookAfter * 1000 } = options
  const { judge, jobs, others } = await findOrphans(options)
  const lookedAt = Date.now()
  const found: ReapReport = {
    namespaceId: judge.namespaceId,
    region: await sagemaker.config.region(),
    grace: judge.grace,
    dryRun: true,
    at: new Date(lookedAt).toISOString(),
    jobs,
    others,
  }
  const orphans = jobs.filter(({ verdict }) => verdict === 'orphan')
  if (dryRun || (orphans.length > 0 && confirm && !(await confirm(found)))) return found
  if (orphans.length === 0) return { ...found, dryRun: false }
  await sleep(Math.max(0, lookedAt + pause - Date.now()))
  const done = await stopOrphans({ sagemaker, judge, orphans })
  const byArn = new Map(done.map((job) => [job.arn, job]))
  return { ...found, dryRun: false, jobs: jobs.map((job) => byArn.get(job.arn) ?? job) }
}
