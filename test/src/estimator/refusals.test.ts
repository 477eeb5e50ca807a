import type { TrainingInputs } from '../../../src/estimator/channels'
import type { HuggingFaceEstimator } from '../../../src/estimator/hugging-face-estimator'
import { estimatorFaults } from '../../../src/estimator/refusals'

const estimator: HuggingFaceEstimator = {
  entryPoint: 'train.py',
  sourceDir: './scripts',
  role: 'arn:aws:iam::111122223333:role/sm',
  instanceType: 'ml.g5.xlarge',
  instanceCount: 1,
}

const faultsOf = (
  over: Partial<HuggingFaceEstimator>,
  { jobName = 'job-1', inputs }: { jobName?: string; inputs?: TrainingInputs } = {},
) => estimatorFaults({ estimator: { ...estimator, ...over }, jobName, region: 'us-east-1', inputs })

const codes = (...given: Parameters<typeof faultsOf>) =>
  faultsOf(...given).map(({ code, field }) => `${code} ${field}`)

const groups = (...types: string[]) =>
  types.map((instanceType, index) => ({
    instanceGroupName: `g${index}`,
    instanceType,
    instanceCount: 1,
  }))
const dataparallel = { smdistributed: { dataparallel: { enabled: true } } }
const modelparallel = { smdistributed: { modelparallel: { enabled: true } } }
const metric = (Regex: string, Name = 'm') => ({ metricDefinitions: [{ Name, Regex }] })
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '1']))
/** Put together here, so that no scanner takes this file for one that holds secrets. */
const token = `hf_${'a'.repeat(20)}`

test.each<Partial<HuggingFaceEstimator>>([
  {},
  { useSpotInstances: true, maxRun: 60, maxWait: 60 },
  { distribution: dataparallel, instanceType: 'ml.p4d.24xlarge' },
  { distribution: { smdistributed: { dataparallel: { enabled: false } } } },
  {
    distribution: { ...dataparallel, instanceGroups: ['g0'] },
    instanceGroups: groups('ml.p4d.24xlarge', 'ml.c5.xlarge'),
  },
  { distribution: { ...modelparallel, mpi: { enabled: true } } },
  // Version 2 of the library is launched by torchrun.
  { distribution: { ...modelparallel, torchDistributed: { enabled: true } } },
  { distribution: { pytorchddp: { enabled: true, custom_mpi_options: '-verbose' } } as object },
  { distribution: { mpi: { enabled: true, aMemberOfNewerSdks: 1 } } as object },
  { hyperparameters: many(95), environment: many(100) },
  { hyperparameters: { note: 'x'.repeat(2_498) } },
  metric('train_runtime.*=\\D*(.*?)$'),
  metric('(?P<value>[0-9.]+)'),
  metric('(?i)loss: ([0-9.]++)'),
  { tags: [{ Key: 'team', Value: '' }] },
  { keepAlivePeriodInSeconds: 21_600, maxRetryAttempts: 30 },
  { entryPoint: 'run.sh' },
  { entryPoint: '../anywhere/train.py', sourceDir: undefined as never },
])('%j is not refused: the service takes it', (over) => {
  expect(codes(over)).toEqual([])
})

test.each<[Partial<HuggingFaceEstimator>, string]>([
  [{ useSpotInstances: true }, 'E_SPOT_NO_MAX_WAIT maxWait'],
  [{ useSpotInstances: true, maxRun: 7200, maxWait: 3600 }, 'E_MAX_WAIT maxWait'],
  // Without maxRun, the SDK's own day counts.
  [{ useSpotInstances: true, maxWait: 3600 }, 'E_MAX_WAIT maxWait'],
  [{ maxRun: 60, maxWait: 60 }, 'E_MAX_WAIT maxWait'],
  [{ keepAlivePeriodInSeconds: 21_601 }, 'E_WARM_POOL keepAlivePeriodInSeconds'],
  [
    { keepAlivePeriodInSeconds: 60, useSpotInstances: true, maxWait: 86_400 },
    'E_WARM_POOL_SPOT keepAlivePeriodInSeconds',
  ],
  [{ maxRetryAttempts: 31 }, 'E_RETRY_ATTEMPTS maxRetryAttempts'],
  [{ distribution: dataparallel }, 'E_SMDDP_INSTANCE instanceType'],
  [{ distribution: dataparallel, instanceType: 'ml.p3.2xlarge' }, 'E_SMDDP_INSTANCE instanceType'],
  [
    {
      distribution: { ...dataparallel, instanceGroups: ['g1'] },
      instanceGroups: groups('ml.p4d.24xlarge', 'ml.c5.xlarge'),
    },
    'E_SMDDP_INSTANCE instanceGroups',
  ],
  [{ distribution: modelparallel }, 'E_MODEL_PARALLEL_MPI distribution.mpi'],
  [
    { distribution: { torchrun: { enabled: true } } as object },
    'E_DISTRIBUTION_KEY distribution.torchrun',
  ],
  [
    { distribution: { mpi: { enabled: true, processes_per_hosts: 8 } } as object },
    'E_DISTRIBUTION_KEY distribution.mpi.processesPerHosts',
  ],
  [
    { distribution: { smdistributed: { modelparallel: { enabeld: true } } } as object },
    'E_DISTRIBUTION_KEY distribution.smdistributed.modelparallel.enabeld',
  ],
  [{ hyperparameters: { note: 'x'.repeat(2_499) } }, 'E_LIMIT hyperparameters.note'],
  [{ hyperparameters: { ['k'.repeat(257)]: 1 } }, `E_LIMIT hyperparameters.${'k'.repeat(64)}`],
  [{ hyperparameters: many(96) }, 'E_LIMIT hyperparameters'],
  [{ environment: many(101) }, 'E_LIMIT environment'],
  [{ environment: { 'MY-VAR': '1' } }, 'E_LIMIT environment.MY-VAR'],
  [{ environment: { A: 'x'.repeat(513) } }, 'E_LIMIT environment.A'],
  [metric('x'.repeat(501)), 'E_LIMIT metricDefinitions'],
  [metric('([0-9.]+)', 'n'.repeat(256)), 'E_LIMIT metricDefinitions'],
  [metric('loss: ([0-9.]+'), 'E_METRIC_REGEX metricDefinitions'],
  [metric('loss: [0-9.+'), 'E_METRIC_REGEX metricDefinitions'],
  [{ tags: many(51) }, 'E_LIMIT tags'],
  [{ tags: { team: 'x'.repeat(257) } }, 'E_LIMIT tags.team'],
  [{ instanceGroups: groups(...Array<string>(6).fill('ml.g5.xlarge')) }, 'E_LIMIT instanceGroups'],
  [
    { instanceGroups: [...groups('ml.g5.xlarge'), ...groups('ml.g5.xlarge')] },
    'E_LIMIT instanceGroups',
  ],
  [{ hyperparameters: { auth: { token } } }, 'E_SECRET hyperparameters.auth'],
  [{ environment: { HF_TOKEN: token } }, 'E_SECRET environment.HF_TOKEN'],
  [{ tags: { note: token } }, 'E_SECRET tags.note'],
  [{ tags: [{ Key: 'note', Value: token }] }, 'E_SECRET tags.note'],
  [{ entryPoint: '' }, 'E_ENTRY_POINT entryPoint'],
  [{ entryPoint: '../train.py' }, 'E_ENTRY_POINT entryPoint'],
  [{ entryPoint: '/train.py' }, 'E_ENTRY_POINT entryPoint'],
  [{ entryPoint: 's3://code/train.py' }, 'E_ENTRY_POINT entryPoint'],
  [{ entryPoint: 'my train.py' }, 'E_ENTRY_POINT entryPoint'],
])('%j is refused as %s', (over, expected) => {
  expect(codes(over)).toEqual([expected])
})

test.each(['-a', 'a_b', 'a b', 'a'.repeat(64), 'a-', ''])(
  'the job name %j is refused',
  (jobName) => {
    expect(codes({}, { jobName })).toEqual(['E_LIMIT jobName'])
  },
)

test('channels are counted, and their names read', () => {
  const channels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, 's3://data/x']))
  expect(codes({}, { inputs: channels(20) })).toEqual([])
  expect(codes({}, { inputs: channels(21) })).toEqual(['E_LIMIT inputs'])
  expect(codes({}, { inputs: { 'my data': 's3://data/x' } })).toEqual(['E_LIMIT inputs.my data'])
  expect(codes({}, { inputs: 's3://data/x' })).toEqual([])
})

test('a mistyped key of distribution is told what was meant', () => {
  const [fault] = faultsOf({ distribution: { torch_distribted: { enabled: true } } as object })
  expect(fault?.hint).toBe('did you mean torchDistributed?')
})

test('no fault repeats the secret that it warns of', () => {
  const [fault] = faultsOf({ environment: { A: token } })
  expect(JSON.stringify(fault)).not.toContain(token)
})

test('all faults come at once', () => {
  const over = { useSpotInstances: true, entryPoint: '/train.py' }
  expect(codes(over, { jobName: 'a b' })).toHaveLength(3)
})
