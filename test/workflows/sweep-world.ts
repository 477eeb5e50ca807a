import { ApplicationFailure } from '@temporalio/common'

import type { ResolvedSweep } from '../../src/sweep/resolved-sweep'
import { pipeline, scriptedWorld, type Look } from './scripted-world'

/** How a trial's job goes. */
export interface TrialScript {
  /** Looks, ten minutes apart, that find it still running. */
  looks?: number
  ends?: Look
  /** What it printed of the objective; absent: its own number. */
  score?: number | 'nothing'
}

export const sweepOf = (more: Partial<ResolvedSweep> = {}): ResolvedSweep => ({
  name: 'lr',
  pipeline,
  method: 'random',
  seed: 7,
  metric: { name: 'eval_accuracy', goal: 'maximize' },
  parameters: [
    {
      name: 'learning_rate',
      distribution: { kind: 'log_uniform_values', min: 1e-5, max: 1e-3 },
    },
  ],
  runCap: 6,
  parallel: 2,
  maxConsecutiveFailures: 10,
  publishBest: true,
  ...more,
})

/** The scripted world, with a job for each attempt of each trial: `trial-0003-a1`. */
export function sweepWorld(
  script: (trial: number, attempt: number) => TrialScript = () => ({}),
  more: Pick<Parameters<typeof scriptedWorld>[0], 'sweepFed'> = {},
) {
  const hyperparameters = new Map<number, Record<string, unknown>>()
  let mostRunning = 0
  const world = scriptedWorld({
    ...more,
    jobNameOf: ({ runId, attempt }) => `${runId.split('/').at(-1)}-a${attempt}`,
    trainings: (jobName) => {
      const { looks = 1, ends = {} } = scriptOf(jobName)
      const end = { status: 'Completed', secondaryStatus: 'Completed', billableSeconds: 60 }
      return [...Array.from({ length: looks }, () => ({})), { ...end, ...ends }]
    },
    objective: (jobName) => {
      const { trial, score = trial } = scriptOf(jobName)
      if (score !== 'nothing') return score
      return ApplicationFailure.nonRetryable('it was never printed', 'E_METRIC_NOT_PRINTED')
    },
  })
  function scriptOf(jobName: string): TrialScript & { trial: number } {
    const [, trial, attempt] = /trial-(\d+)-a(\d+)/.exec(jobName) ?? []
    return { trial: Number(trial), ...script(Number(trial), Number(attempt)) }
  }
  const { freezeTraining, createJob } = world.control
  world.control.freezeTraining = (input) => {
    const trial = Number(input.site.runId.slice(-4))
    hyperparameters.set(trial, input.pipeline.train.hyperparameters)
    return freezeTraining(input)
  }
  world.control.createJob = async (input) => {
    const created = await createJob(input)
    mostRunning = Math.max(mostRunning, world.running.size)
    return created
  }
  return { ...world, hyperparameters, mostRunning: () => mostRunning }
}
