import { joinUri } from '../src/aws/s3-uri'
import { storageOf, type Dependencies } from './dependencies'

/** What the checkpoint helper wrote about one training; all zero for a script without it. */
export interface CheckpointRecord {
  /** Where the last start began: the step of a checkpoint, 0 from scratch. */
  resumedFromStep: number
  /** Steps trained twice, over all starts so far. */
  stepsLost: number
  /** Starts of the script, afresh or resumed. */
  starts: number
  /** Newest step saved with a complete manifest. */
  lastSavedStep: number
}

/** Reads `holdfast-journal.ndjson` below the checkpoint prefix. */
export async function readCheckpointJournal(
  deps: Dependencies,
  options: { checkpointUri: string },
): Promise<CheckpointRecord> {
  const storage = await storageOf(deps)
  const bytes = await storage.readIfThere(joinUri(options.checkpointUri, 'holdfast-journal.ndjson'))
  return parseJournal(bytes?.toString('utf8') ?? '')
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
