import { stringify } from 'yaml'

/** Every random choice of sagemaker-local derives from it. */
const seed = 7

/** SageMaker gives a stopped script 120 s; a tenth of that is long enough to watch. */
const timeScale = 10

/**
 * What goes wrong in the demo, for sagemaker-local: the first attempt's spot capacity is taken back
 * once, at step 25 of 47 and so between two checkpoints, and returns a second later.
 */
export function demoScenario(options: { job: string; interrupt: boolean }): string {
  const interruption = {
    jobs: options.job,
    when: { logLine: '"event": "metrics", "step": 25,' },
    do: 'interrupt',
    times: 1,
    resumeAfter: '1s',
  }
  return stringify({ seed, timeScale, rules: options.interrupt ? [interruption] : [] })
}
