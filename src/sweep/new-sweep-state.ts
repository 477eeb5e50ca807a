import type { ResolvedSweep } from './resolved-sweep'
import { mostTrials } from './space-size'
import type { SweepState } from './sweep-state'

/** A sweep that has not begun. */
export function newSweepState(sweep: ResolvedSweep): SweepState {
  const { name, pipeline, method, seed, metric, runCap, parallel } = sweep
  return {
    name,
    pipeline: pipeline.name,
    method,
    seed,
    metric,
    stage: 'prepare',
    paused: false,
    draining: false,
    trials: runCap,
    mostTrials: mostTrials(sweep),
    parallel,
    counts: { started: 0, completed: 0, failed: 0, stopped: 0 },
    running: [],
    top: [],
    failures: [],
    billableSeconds: 0,
    bestRun: null,
    bestOutcome: null,
    published: null,
    error: null,
    prefix: null,
  }
}
