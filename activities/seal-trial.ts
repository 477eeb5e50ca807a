import { joinUri } from '../src/aws/s3-uri'
import type { RunSite } from '../src/run-site'
import type { TrialEnd, TrialSummary } from '../src/sweep/sweep-state'
import { storageOf, type Dependencies } from './dependencies'

/** `trials/<trial>/trial.json`: how a trial ended, for a sweep that did not hear of it, and for good. */
export interface TrialRecord {
  end: TrialEnd
  hyperparameters: TrialSummary['hyperparameters']
}

export async function sealTrial(
  deps: Dependencies,
  { site, ...record }: TrialRecord & { site: RunSite },
): Promise<void> {
  const storage = await storageOf(deps)
  await storage.write(
    trialRecordUri(site.run),
    JSON.stringify(record satisfies TrialRecord, null, 2),
  )
}

export function trialRecordUri(trialPrefix: string): string {
  return joinUri(trialPrefix, 'trial.json')
}
