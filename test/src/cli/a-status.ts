import type { Attempt, RunStatus } from '../../../src/run-state'
import { stageNames } from '../../../src/run-state'

/** A completed run that was interrupted once, for tests to vary. */
export function aStatus(changes: Partial<RunStatus> = {}): RunStatus {
  return {
    id: 'reviews-1a2b',
    pipeline: 'reviews',
    state: 'completed',
    stage: 'publish',
    startedAt: '2026-11-23T10:00:00.000Z',
    endedAt: '2026-11-23T10:02:05.000Z',
    stages: stageNames.map((name) => ({
      name,
      state: 'done',
      startedAt: '2026-11-23T10:00:00.000Z',
      endedAt: '2026-11-23T10:00:20.000Z',
    })),
    training: { attempts: [anAttempt()] },
    problem: null,
    metrics: { eval_accuracy: 0.7812, eval_loss: 0.5, eval_f1: 0.77 },
    gate: { passed: true, reasons: ['eval_accuracy 0.7812 reaches 0.75'] },
    published: {
      modelPackageArn: 'arn:aws:sagemaker:us-east-1:111122223333:model-package/reviews/3',
      version: 3,
      artifactUri: 's3://bucket/holdfast/models/reviews/aa/model.tar.gz',
      sha256: 'aa'.repeat(32),
    },
    error: null,
    ...changes,
  }
}

export function anAttempt(changes: Partial<Attempt> = {}): Attempt {
  return {
    jobName: 'reviews-0123456789-a1',
    placement: { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
    status: 'Completed',
    secondaryStatus: 'Completed',
    interruptions: 1,
    resumedFromStep: 20,
    stepsLost: 3,
    trainingSeconds: 100,
    billableSeconds: 30,
    runner: 'toolkit',
    ...changes,
  }
}
