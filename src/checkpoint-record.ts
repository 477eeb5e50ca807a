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
