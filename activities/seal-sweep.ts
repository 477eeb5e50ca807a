import { joinUri } from '../src/aws/s3-uri'
import { sha256 } from '../src/aws/names'
import { buildManifest } from '../src/manifest'
import type { RunSite } from '../src/run-site'
import { rank } from '../src/sweep/rank'
import type { ResolvedSweep } from '../src/sweep/resolved-sweep'
import { summarizeTrial } from '../src/sweep/summarize-trial'
import { trialName, type SweepState, type TrialSummary } from '../src/sweep/sweep-state'
import { storageOf, type Dependencies } from './dependencies'
import { trialRecordUri, type TrialRecord } from './seal-trial'

/** Records read at a time. */
const atOnce = 20

/**
 * Writes the whole leaderboard, one trial a line, and the sweep's manifest last. Both outlive
 * Temporal's retention. A trial without a record is left out.
 */
export async function sealSweep(
  deps: Dependencies,
  options: { site: RunSite; sweep: ResolvedSweep; state: SweepState },
): Promise<void> {
  const { site, sweep, state } = options
  const storage = await storageOf(deps)
  const read = async (number: number): Promise<TrialSummary | null> => {
    const uri = trialRecordUri(joinUri(site.run, 'trials', trialName(number)))
    const record = await storage.readIfThere(uri)
    return record && summarizeTrial(JSON.parse(record.toString('utf8')) as TrialRecord)
  }
  const trials: TrialSummary[] = []
  for (let first = 1; first <= state.counts.started; first += atOnce) {
    const last = Math.min(first + atOnce - 1, state.counts.started)
    const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index)
    trials.push(...(await Promise.all(numbers.map(read))).filter((trial) => trial !== null))
  }
  const lines = rank({ goal: sweep.metric.goal, trials }).map((trial) => JSON.stringify(trial))
  const leaderboard = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const path = 'leaderboard.ndjson'
  await storage.write(joinUri(site.run, path), leaderboard)
  const manifest = buildManifest({
    kind: 'sweep',
    createdAt: new Date(),
    files: [{ path, size: leaderboard.length, sha256: sha256(leaderboard) }],
    details: { site, sweep, state },
  })
  await storage.write(joinUri(site.run, 'manifest.json'), JSON.stringify(manifest, null, 2))
}
