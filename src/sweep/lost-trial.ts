import { trialName, type TrialEnd } from './sweep-state'

/** The end of a trial that could not say how it ended. */
export function lostTrial(options: {
  number: number
  /** A clause: `terminated`. */
  why: string
}): TrialEnd {
  const { number, why } = options
  return {
    number,
    state: 'failed',
    score: null,
    artifactUri: null,
    attempts: [],
    error: {
      code: 'E_TRIAL_LOST',
      message: `the trial's workflow left no record: ${why}`,
      where: trialName(number),
      hint: 'it was ended from outside; its job was stopped, and the sweep goes on without it',
    },
  }
}
