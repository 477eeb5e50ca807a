import type { HuggingFaceEstimator } from '../../../src/estimator/hugging-face-estimator'
import { estimatorFaults } from '../../../src/estimator/refusals'

const estimator: HuggingFaceEstimator = {
  entryPoint: 'train.py',
  sourceDir: './scripts',
  role: 'arn:aws:iam::111122223333:role/sm',
  instanceType: 'ml.g5.xlarge',
  instanceCount: 1,
}

const codes = (over: Partial<HuggingFaceEstimator>, jobName = 'job-1') =>
  estimatorFaults({ estimator: { ...estimator, ...over }, jobName, region: 'us-east-1' }).map(
    ({ code, field }) => `${code} ${field}`,
  )

test('an ordinary estimator has no faults', () => {
  expect(codes({})).toEqual([])
  expect(codes({ useSpotInstances: true, maxRun: 60, maxWait: 60 })).toEqual([])
})

test.each<[Partial<HuggingFaceEstimator>, string]>([
  [{ useSpotInstances: true }, 'E_SPOT_NO_MAX_WAIT maxWait'],
  [{ useSpotInstances: true, maxRun: 7200, maxWait: 3600 }, 'E_MAX_WAIT maxWait'],
  [{ maxRun: 60, maxWait: 60 }, 'E_MAX_WAIT maxWait'],
  [{ keepAlivePeriodInSeconds: 21_601 }, 'E_WARM_POOL keepAlivePeriodInSeconds'],
  [{ maxRetryAttempts: 31 }, 'E_RETRY_ATTEMPTS maxRetryAttempts'],
  [
    { distribution: { smdistributed: { dataparallel: { enabled: true } } } },
    'E_SMDDP_INSTANCE instanceType',
  ],
  [
    { distribution: { smdistributed: { modelparallel: { enabled: true } } } },
    'E_MODEL_PARALLEL_MPI distribution.mpi',
  ],
  [
    { distribution: { torchrun: { enabled: true } } as object },
    'E_DISTRIBUTION_KEY distribution.torchrun',
  ],
  [{ hyperparameters: { note: 'x'.repeat(2_500) } }, 'E_LIMIT hyperparameters.note'],
  [{ environment: { 'MY-VAR': '1' } }, 'E_LIMIT environment.MY-VAR'],
  [{ environment: { A: 'x'.repeat(513) } }, 'E_LIMIT environment.A'],
  [{ metricDefinitions: [{ Name: 'm', Regex: 'x'.repeat(501) }] }, 'E_LIMIT metricDefinitions'],
  [{ entryPoint: '../train.py' }, 'E_ENTRY_POINT entryPoint'],
  [{ entryPoint: 'my train.py' }, 'E_ENTRY_POINT entryPoint'],
])('%j is refused as %s', (over, expected) => {
  expect(codes(over)).toEqual([expected])
})

test.each(['-a', 'a_b', 'a b', 'a'.repeat(64), 'a-'])('the job name %s is refused', (jobName) => {
  expect(codes({}, jobName)).toEqual(['E_LIMIT jobName'])
})

test('all faults come at once', () => {
  expect(codes({ useSpotInstances: true, entryPoint: '/train.py' }, 'a b')).toHaveLength(3)
})
