import type { RunStatus } from '../run-state'
import { cleanLine } from './clean-text'

/** Why the dataset of a run was reused or prepared anew, in the words of the stage that decided it. */
export function explainDataset(status: RunStatus): string[] {
  const note = status.stages.find(({ name }) => name === 'preprocess')?.note
  return [
    '',
    `dataset: ${note ? cleanLine(note) : 'the run ended before its dataset was prepared'}`,
  ]
}
