import { joinUri } from '../src/aws/s3-uri'
import { storageOf, type Dependencies } from './dependencies'

/** What the checkpoint helper wrote about one training; all zero for a script without it. */
export interface CheckpointRecord {
  /** Step of the last resume; 0 when it never resumed. */
  resumedFromStep: number
  /** Steps trained twice, over all resumes so far. */
  stepsLost: number
  resumes: number
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
    resumes: 0,
    lastSavedStep: 0,
  }
  for (const line of text.split('\n')) {
    const entry = parseLine(line)
    if (entry === null) continue
    const step = typeof entry['step'] === 'number' ? entry['step'] : 0
    if (entry['event'] === 'saved') record.lastSavedStep = step
    if (entry['event'] === 'resumed') {
      record.resumedFromStep = step
      record.stepsLost += typeof entry['lost'] === 'number' ? entry['lost'] : 0
      record.resumes += 1
    }
  }
  return record
}

/** Null for a line that was torn by an interruption. */
function parseLine(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return null
  }
}
