import type { JudgedJob } from '../../../src/reaper/judged-job'

/** An orphan, as a pass of the reaper finds it. */
export function aJudgedJob(changes: Partial<JudgedJob> = {}): JudgedJob {
  return {
    kind: 'training',
    jobName: 'reviews-3f9a0c21de-a1',
    arn: 'arn:aws:sagemaker:us-east-1:111122223333:training-job/reviews-3f9a0c21de-a1',
    status: 'InProgress',
    createdAt: '2026-11-24T02:00:00.000Z',
    changedAt: '2026-11-24T02:05:00.000Z',
    namespaceId: '6d0f5d0e-0000-4000-a000-000000000000',
    workflowId: 'reviews-7f3k2m',
    firstRunId: '0a1b2c3d-0000-4000-a000-000000000000',
    expiresAt: '2026-11-24T12:00:00.000Z',
    verdict: 'orphan',
    why: 'its owner is terminated',
    remedy: 'stop the job',
    ...changes,
  }
}
