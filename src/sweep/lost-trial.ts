import { trialName, type TrialEnd } from './sweep-state'

/** The end of a trial that could not say how it ended. */
export function lostTrial(options: {
  number: number
  how: 'failed' | 'stopped'
  /** A clause: `terminated`. */
  why: string
}): TrialEnd {
  const { number, how, why } = options
  return {
    number,
    state: how,
    score: null,
    artifactUri: null,
    attempts: [],
    error:
      how === 'stopped'
        ? null
        : {
            code: 'E_TRIAL_LOST',
            message: `the trial's workflow left no record: ${why}`,
            where: trialName(number),
            hint: 'its job, if it has one, goes on until its own limit unless it is stopped by hand',
          },
  }
}
