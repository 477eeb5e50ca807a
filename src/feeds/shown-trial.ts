/** That a training is a trial's: it is shown below its sweep. */
export interface ShownTrial {
  sweepId: string
  /** `s3://` prefix of the sweep. */
  sweepRun: string
  number: number
}
