import type { ResolvedSweep } from '../../../src/sweep/resolved-sweep'
import type { SweepStatus, TrialSummary } from '../../../src/sweep/sweep-state'
import { pipeline } from '../plan/pipeline'

/** A search with two parameters, for tests to vary. */
export function aSweep(changes: Partial<ResolvedSweep> = {}): ResolvedSweep {
  return {
    name: 'reviews-lr',
    pipeline,
    method: 'random',
    seed: 7,
    metric: { name: 'eval_accuracy', goal: 'maximize' },
    parameters: [
      {
        name: 'learning_rate',
        distribution: { kind: 'log_uniform_values', min: 1e-5, max: 1e-3 },
      },
      { name: 'train_batch_size', distribution: { kind: 'categorical', values: [16, 32] } },
    ],
    runCap: 6,
    parallel: 2,
    maxConsecutiveFailures: 10,
    publishBest: true,
    ...changes,
  }
}

/** One that is under way: two trials have ended, two are running. */
export function aSweepStatus(changes: Partial<SweepStatus> = {}): SweepStatus {
  return {
    id: 'reviews-lr-7f3k2m',
    name: 'reviews-lr',
    pipeline: 'reviews',
    method: 'random',
    seed: 7,
    metric: { name: 'eval_accuracy', goal: 'maximize' },
    state: 'running',
    stage: 'trials',
    paused: false,
    draining: false,
    startedAt: '2026-11-23T10:00:00.000Z',
    endedAt: null,
    trials: 6,
    mostTrials: 10_000,
    parallel: 2,
    counts: { started: 4, completed: 1, failed: 1, stopped: 0 },
    running: [3, 4],
    top: [aTrial()],
    failures: [],
    billableSeconds: 90,
    bestRun: null,
    bestOutcome: null,
    published: null,
    error: null,
    problem: null,
    ...changes,
  }
}

export function aTrial(changes: Partial<TrialSummary> = {}): TrialSummary {
  return {
    number: 1,
    state: 'completed',
    hyperparameters: { learning_rate: 0.000312, train_batch_size: 16 },
    score: 0.8125,
    attempts: 1,
    billableSeconds: 45,
    error: null,
    ...changes,
  }
}
