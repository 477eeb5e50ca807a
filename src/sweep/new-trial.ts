import type { TrialSummary } from './sweep-state'

/** A trial that has begun and not ended. */
export function newTrial(known: Pick<TrialSummary, 'number' | 'hyperparameters'>): TrialSummary {
  return {
    ...known,
    state: 'running',
    score: null,
    attempts: 0,
    billableSeconds: 0,
    error: null,
  }
}
