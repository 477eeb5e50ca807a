import { joinUri } from '../src/aws/s3-uri'
import type { Storage } from '../src/aws/storage'
import type { RunSite } from '../src/run-site'
import type { TrialEnd, TrialSummary } from '../src/sweep/sweep-state'
import { storageOf, type Dependencies } from './dependencies'
import { feedQuietly } from './feed-quietly'
import { feedTrial, type TrialFeed } from './feed-trial'

/** `trials/<trial>/trial.json`: how a trial ended, for a sweep that did not hear of it, and for good. */
export interface TrialRecord {
  end: TrialEnd
  hyperparameters: TrialSummary['hyperparameters']
}

/** Written first, and then shown, for as long as that takes no time to speak of: the sweep's end does the rest. */
export async function sealTrial(
  deps: Dependencies,
  options: TrialRecord & {
    site: RunSite
    /** Where it is shown besides; absent: nowhere. */
    feed?: TrialFeed
  },
): Promise<void> {
  const { site, feed, ...record } = options
  const storage = await storageOf(deps)
  await storage.write(
    trialRecordUri(site.run),
    JSON.stringify(record satisfies TrialRecord, null, 2),
  )
  if (!feed) return
  await feedQuietly(deps, {
    pipeline: feed.pipeline,
    what: site.runId,
    work: (signal) =>
      feedTrial(deps, { ...feed, site, end: record.end, endedAt: Date.now(), signal }),
  })
}

/** Null where a trial has left none. */
export async function readTrialRecord(
  storage: Pick<Storage, 'readIfThere'>,
  trialPrefix: string,
): Promise<TrialRecord | null> {
  const record = await storage.readIfThere(trialRecordUri(trialPrefix))
  return record && (JSON.parse(record.toString('utf8')) as TrialRecord)
}

function trialRecordUri(trialPrefix: string): string {
  return joinUri(trialPrefix, 'trial.json')
}
