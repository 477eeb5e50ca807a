import { distributionHyperparameters } from '../../../src/estimator/distribution'
import { checkDistribution } from '../../../src/estimator/distribution-versions'
import type { HuggingFaceEstimator } from '../../../src/estimator/hugging-face-estimator'

const instanceType = 'ml.p3.16xlarge'

test('model parallel sends its parameters without the prefix and data parallel as off', () => {
  expect(
    distributionHyperparameters({
      distribution: {
        smdistributed: {
          modelparallel: {
            enabled: true,
            parameters: { microbatches: 4, placement_strategy: 'spread', ddp: true, partitions: 4 },
          },
        },
        mpi: { enabled: true, processesPerHost: 8 },
      },
      instanceType,
    }),
  ).toEqual({
    mp_parameters: { microbatches: 4, placement_strategy: 'spread', ddp: true, partitions: 4 },
    sagemaker_distributed_dataparallel_enabled: false,
    sagemaker_instance_type: instanceType,
    sagemaker_mpi_enabled: true,
    sagemaker_mpi_num_of_processes_per_host: 8,
    sagemaker_mpi_custom_mpi_options: '',
  })
})

test('torchDistributed is exclusive: mpi beside it is not sent', () => {
  expect(
    distributionHyperparameters({
      distribution: { torchDistributed: { enabled: true }, mpi: { enabled: true } },
      instanceType,
    }),
  ).toEqual({ sagemaker_torch_distributed_enabled: true, sagemaker_instance_type: instanceType })
})

test('the SDK’s spelling is read as well, and a library’s parameters stay as they are', () => {
  const distribution = {
    smdistributed: {
      modelparallel: { enabled: true, parameters: { auto_partition: true, partitions: 2 } },
    },
    mpi: { enabled: true, custom_mpi_options: '--verbose' },
  }
  expect(distributionHyperparameters({ distribution, instanceType })).toMatchObject({
    mp_parameters: { auto_partition: true, partitions: 2 },
    sagemaker_mpi_custom_mpi_options: '--verbose',
  })
})

test('all faults of model-parallel parameters are named at once', () => {
  expect(() =>
    distributionHyperparameters({
      distribution: {
        smdistributed: {
          modelparallel: {
            enabled: true,
            parameters: { pipeline: 'fast', partitions: 0, memory_weight: 2, ddp_port: -1 },
          },
        },
      },
      instanceType,
    }),
  ).toThrow(/pipeline must be.*partitions must be.*memory_weight must.*ddp_port needs ddp/)
})

const clusterless: HuggingFaceEstimator = {
  entryPoint: 'train.py',
  role: 'arn:aws:iam::111122223333:role/sm',
  transformersVersion: '4.46',
  pytorchVersion: '2.3',
}
const estimator = { ...clusterless, instanceType, instanceCount: 2 }
const gpu = { instanceGroupName: 'gpu', instanceType, instanceCount: 1 }
const cpu = { instanceGroupName: 'cpu', instanceType: 'ml.c5.xlarge', instanceCount: 1 }

test.each<[string, HuggingFaceEstimator, RegExp]>([
  [
    'a short version with torchDistributed',
    { ...estimator, distribution: { torchDistributed: { enabled: true } } },
    /does not know pytorch 2\.3/,
  ],
  [
    'two smdistributed strategies',
    { ...estimator, distribution: { smdistributed: { dataparallel: {}, modelparallel: {} } } },
    /two smdistributed strategies/,
  ],
  [
    'a group that is not there',
    {
      ...clusterless,
      instanceGroups: [gpu, cpu],
      distribution: { mpi: { enabled: true }, instanceGroups: ['tpu'] },
    },
    /no instance group tpu/,
  ],
  [
    'two groups of which none is named',
    { ...clusterless, instanceGroups: [gpu, cpu], distribution: { mpi: { enabled: true } } },
    /exactly one of several/,
  ],
  [
    'a shell script with torchDistributed',
    { ...estimator, entryPoint: 'run.sh', distribution: { torchDistributed: { enabled: true } } },
    /Python scripts only/,
  ],
  [
    'mpi on Trainium',
    { ...estimator, instanceType: 'ml.trn1.32xlarge', distribution: { mpi: { enabled: true } } },
    /takes torch_distributed only/,
  ],
])('%s is refused', (_name, given, message) => {
  expect(() => checkDistribution(given)).toThrow(message)
})

test('the only group of a cluster trains without being named', () => {
  const given = { distribution: { mpi: { enabled: true } }, instanceGroups: [gpu] }
  expect(distributionHyperparameters(given)).toMatchObject({
    sagemaker_distribution_instance_groups: ['gpu'],
  })
})
