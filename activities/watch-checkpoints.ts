import { activityInfo } from '@temporalio/activity'

import { judgeSync, type CheckpointSync, type SyncFacts } from '../src/checkpoint-sync'
import { messageOf } from '../src/errors'
import type { JobSnapshot } from '../src/job'
import { storageOf, type Dependencies } from './dependencies'
import { journalLines } from './read-checkpoint-journal'

/** A look at S3 for every so many looks at the job, at their shortest distance. */
const looks = 6
/** Milliseconds for one look at S3. */
const patience = 10_000

/**
 * The same snapshot, with what S3 says of the checkpoints' sync while the script trains. Never fails a
 * look at the job: what cannot be read is left out. The last look comes back with the heartbeat
 * details, so that S3 is asked once a minute however often the job is.
 */
export async function withCheckpointSync(
  deps: Dependencies,
  job: JobSnapshot,
): Promise<JobSnapshot> {
  const { checkpointUri, trainingSince } = job
  if (job.status !== 'InProgress' || checkpointUri === undefined || trainingSince === undefined)
    return job
  const before = activityInfo().heartbeatDetails as JobSnapshot | undefined
  const known = before?.jobName === job.jobName ? before : undefined
  const now = Date.now() / 1000
  if (known?.syncSeenAt !== undefined && now - known.syncSeenAt < looks * deps.pollSeconds)
    return { ...job, syncSeenAt: known.syncSeenAt, ...(known.sync ? { sync: known.sync } : {}) }
  try {
    const sync = await watchCheckpoints(deps, { checkpointUri, since: trainingSince, now })
    return { ...job, syncSeenAt: now, ...(sync ? { sync } : {}) }
  } catch (error) {
    deps.log.warn(
      { jobName: job.jobName, error: messageOf(error) },
      'could not look at checkpoints',
    )
    return { ...job, syncSeenAt: now, ...(known?.sync ? { sync: known.sync } : {}) }
  }
}

const manifest = /(?:^|\/)checkpoint-(\d+)\/holdfast-manifest(?:\.rank-0)?\.json$/

/** Reads manifests' times and the journal below a checkpoint prefix. */
export async function watchCheckpoints(
  deps: Dependencies,
  options: { checkpointUri: string; since: number; now: number },
): Promise<CheckpointSync | null> {
  const { checkpointUri, since, now } = options
  const storage = await storageOf(deps, AbortSignal.timeout(patience))
  const prefix = checkpointUri.replace(/\/*$/, '/')
  const objects = await storage.list(prefix)
  const manifests = objects.flatMap(({ path, modified }) => {
    const step = manifest.exec(path)?.[1]
    return step === undefined ? [] : [{ step: Number(step), at: modified / 1000 }]
  })
  const journal = await storage.readIfThere(`${prefix}holdfast-journal.ndjson`)
  return judgeSync({
    ...livesOf(journal?.toString('utf8') ?? ''),
    manifests,
    since,
    now,
  })
}

/** When each life of the training began and saved, by the script's clock. */
function livesOf(journal: string): Pick<SyncFacts, 'lives' | 'finished'> {
  const lives: SyncFacts['lives'] = []
  let finished = false
  for (const { event, time } of journalLines(journal)) {
    if (typeof time !== 'number') continue
    if (event === 'started' || event === 'resumed') {
      lives.push({ began: time, saves: [] })
      finished = false
    }
    if (event === 'saved') lives.at(-1)?.saves.push(time)
    if (event === 'finished') finished = true
  }
  return { lives, finished }
}
