import { setTimeout as sleep } from 'node:timers/promises'

import type { ApplicationFailure } from '@temporalio/common'

import { joinUri } from '../src/aws/s3-uri'
import { sha256 } from '../src/aws/names'
import { chunks } from '../src/chunks'
import { formatDuration } from '../src/duration'
import { messageOf } from '../src/errors'
import { buildManifest } from '../src/manifest'
import type { RunSite } from '../src/run-site'
import type { FedRun, RunError } from '../src/run-state'
import { rank } from '../src/sweep/rank'
import type { ResolvedSweep } from '../src/sweep/resolved-sweep'
import { summarizeTrial } from '../src/sweep/summarize-trial'
import {
  numbersOf,
  trialName,
  type SweepOutcome,
  type SweepState,
  type TrialSummary,
} from '../src/sweep/sweep-state'
import { storageOf, type Dependencies } from './dependencies'
import { toFailure, type FailureDetail } from './failure'
import { feedSweep } from './feed-sweep'
import { readTrialRecord } from './seal-trial'

/** Records read at a time. */
const atOnce = 20
/** Milliseconds for all that is shown in MLflow: what was missed of a thousand trials takes its time. */
const feedWithin = 300_000
/** As a run has them. */
const feedTries = 4

/**
 * Writes the whole leaderboard, one trial a line, and the sweep's manifest last. Both outlive
 * Temporal's retention. A trial without a record is left out. Then the sweep is shown in MLflow, if it
 * is to be: what came of that.
 */
export async function sealSweep(
  deps: Dependencies,
  options: {
    site: RunSite
    sweep: ResolvedSweep
    state: SweepState
    /** Absent: asked for by a workflow task of before sweeps were shown. */
    outcome?: Exclude<SweepOutcome, 'running'>
  },
): Promise<FedRun | null> {
  const { site, sweep, state, outcome } = options
  const storage = await storageOf(deps)
  const read = async (number: number): Promise<TrialSummary | null> => {
    const record = await readTrialRecord(storage, joinUri(site.run, 'trials', trialName(number)))
    return record && summarizeTrial(record)
  }
  const trials: TrialSummary[] = []
  for (const some of chunks(numbersOf(state), atOnce))
    trials.push(...(await Promise.all(some.map(read))).filter((trial) => trial !== null))
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
  if (!outcome || !sweep.pipeline.feeds?.mlflow) return null
  return feedOrSayWhy(deps, { site, sweep, ended: { state, outcome } })
}

/** A sweep that cannot be shown elsewhere is as good as it was; its status says so. */
async function feedOrSayWhy(
  deps: Dependencies,
  options: Omit<Parameters<typeof feedSweep>[1], 'signal'>,
): Promise<FedRun> {
  const signal = AbortSignal.timeout(feedWithin)
  for (let tried = 1; ; tried++) {
    try {
      const url = await feedSweep(deps, { ...options, signal })
      return { feed: 'mlflow', ...(url !== null && { url }) }
    } catch (error) {
      deps.log.warn({ error: messageOf(error) }, 'the sweep could not be shown in MLflow')
      if (signal.aborted) return { feed: 'mlflow', error: tooSlow }
      const failure = toFailure(error) as ApplicationFailure
      if (tried === feedTries || failure.nonRetryable)
        return { feed: 'mlflow', error: runErrorOf(failure) }
      await sleep(1_000 * 2 ** tried)
    }
  }
}

const tooSlow: RunError = {
  code: 'E_FEED_UNREACHABLE',
  message: `MLflow did not take all of the sweep within ${formatDuration(feedWithin / 1000)}`,
  hint: 'the sweep itself is not affected',
}

function runErrorOf({ type, message, details }: ApplicationFailure): RunError {
  return { code: type ?? 'E_UNEXPECTED', message, ...(details?.[0] as FailureDetail | undefined) }
}
