/** Whether checkpoints go on reaching S3; pure, for workflows and activities alike. */

/**
 * - `on time`
 * - `late`: nothing new for twice as long as usual.
 * - `stalled`: for four times as long. SageMaker's sync has stopped without a word before, and the job
 *   goes on; but an interruption would now lose all since the newest checkpoint that is in S3.
 */
export type SyncState = 'on time' | 'late' | 'stalled'

export interface CheckpointSync {
  state: SyncState
  /** Of the newest sealed checkpoint in S3; 0 when there is none. */
  step: number
  /** Seconds without a new one. */
  ageSeconds: number
  /** Seconds that usually lie between two of them. */
  intervalSeconds: number
}

/** Warnings go by this name, in status and documentation alike. */
export const checkpointSyncStalled = 'CHECKPOINT_SYNC_STALLED'

/** All times in seconds since the epoch. */
export interface SyncFacts {
  /** Sealed checkpoints in S3, and when S3 got their manifests. */
  manifests: { step: number; at: number }[]
  /** When the script said that it began or resumed, and when that it had saved, life by life. */
  lives: { began: number; saves: number[] }[]
  /** The training has ended, and its script goes on with something else. */
  finished: boolean
  /** Since when the job has been training; nothing before that counts against it. */
  since: number
  now: number
}

/** Seconds: a sync that lags by less is no news, however often a script saves. */
const shortest = 60

/** Seconds that a script may take to load its data and model before its first word. */
const startUp = 15 * 60

/** Of how many of the latest intervals the usual one is the median. */
const recent = 9

/** Null when nothing can be said: a script without the helper, or one that has not saved twice. */
export function judgeSync(facts: SyncFacts): CheckpointSync | null {
  const { manifests, lives, finished, since, now } = facts
  const usual = usualInterval({ manifests, lives })
  if (usual === null || finished) return null
  const newest = Math.max(0, ...manifests.map(({ at }) => at))
  const interval = Math.max(usual, shortest)
  // Two clocks: the script's, and SageMaker's.
  const began = lives.at(-1)?.began ?? 0
  const ready = began > since - shortest ? Math.max(began, since) : since + startUp
  const age = Math.max(0, now - Math.max(newest, ready))
  const state = age > 4 * interval ? 'stalled' : age > 2 * interval ? 'late' : 'on time'
  return {
    state,
    step: Math.max(0, ...manifests.map(({ step }) => step)),
    ageSeconds: Math.round(age),
    intervalSeconds: Math.round(interval),
  }
}

/** By the script's own words; where it has said nothing yet, by what S3 got. */
function usualInterval({ manifests, lives }: Pick<SyncFacts, 'manifests' | 'lives'>) {
  const told = lives.flatMap(({ saves }) => differences(saves))
  const seen = differences(manifests.map(({ at }) => at).sort((a, b) => a - b))
  const latest = (told.length > 0 ? told : seen).slice(-recent).sort((a, b) => a - b)
  return latest[Math.floor((latest.length - 1) / 2)] ?? null
}

function differences(times: number[]): number[] {
  return times.slice(1).map((time, index) => time - (times[index] ?? time))
}

/** One line for people, of a sync that is not on time. */
export function describeSync(sync: CheckpointSync): string {
  const { state, step, ageSeconds, intervalSeconds } = sync
  const newest = step > 0 ? `the newest is of step ${step}` : 'there is none'
  const told = `no new checkpoint in S3 for ${ageSeconds} s, usually one every ${intervalSeconds} s; ${newest}`
  return state === 'stalled' ? `${checkpointSyncStalled}: ${told}` : told
}
