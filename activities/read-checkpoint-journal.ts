import { joinUri } from '../src/aws/s3-uri'
import type { CheckpointRecord } from '../src/checkpoint-record'
import { messageOf } from '../src/errors'
import type { JobSnapshot } from '../src/job'
import type { RunSite } from '../src/run-site'
import { storageOf, type Dependencies } from './dependencies'

/** Reads `holdfast-journal.ndjson` below the checkpoint prefix. */
export async function readCheckpointJournal(
  deps: Dependencies,
  options: {
    checkpointUri: string
    /** Where the checkpoints are. */
    site?: RunSite
    signal?: AbortSignal
  },
): Promise<CheckpointRecord> {
  const { checkpointUri, signal } = options
  const storage = await storageOf(deps, signal)
  const bytes = await storage.readIfThere(joinUri(checkpointUri, 'holdfast-journal.ndjson'))
  return parseJournal(bytes?.toString('utf8') ?? '')
}

/**
 * A snapshot that is told to the workflow, with what the journal says by then: a change costs no
 * activity of its own for that. Null where it cannot be read: these are only numbers for people.
 */
export async function withJournal(
  deps: Dependencies,
  options: { job: JobSnapshot; checkpointUri?: string | undefined; withinMs: number },
): Promise<JobSnapshot> {
  const { job, checkpointUri, withinMs } = options
  if (checkpointUri === undefined) return job
  const signal = AbortSignal.timeout(withinMs)
  try {
    return { ...job, journal: await readCheckpointJournal(deps, { checkpointUri, signal }) }
  } catch (error) {
    const { jobName } = job
    deps.log.warn({ jobName, error: messageOf(error) }, 'could not read the checkpoint journal')
    return { ...job, journal: null }
  }
}

export function parseJournal(text: string): CheckpointRecord {
  const record: CheckpointRecord = {
    resumedFromStep: 0,
    stepsLost: 0,
    starts: 0,
    lastSavedStep: 0,
  }
  for (const entry of journalLines(text)) {
    const step = typeof entry['step'] === 'number' ? entry['step'] : 0
    if (entry['event'] === 'saved') record.lastSavedStep = step
    // A start afresh loses everything when no checkpoint could be trusted.
    if (entry['event'] === 'started' || entry['event'] === 'resumed') {
      record.resumedFromStep = step
      record.stepsLost += typeof entry['lost'] === 'number' ? entry['lost'] : 0
      record.starts += 1
    }
  }
  return record
}

/** The entries of a journal; lines that were torn by an interruption are left out. */
export function journalLines(text: string): Record<string, unknown>[] {
  return text.split('\n').flatMap((line) => {
    try {
      const entry = JSON.parse(line) as Record<string, unknown> | null
      return typeof entry === 'object' && entry !== null ? [entry] : []
    } catch {
      return []
    }
  })
}
