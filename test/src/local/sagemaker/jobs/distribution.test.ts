import {
  torchrunOptions,
  processNotice,
} from '../../../../../src/local/sagemaker/jobs/distribution'
import { gpuCount } from '../../../../../src/local/sagemaker/jobs/gpu-count'
import { gpuShare } from '../../../../../src/local/sagemaker/jobs/gpu-share'
import { hostsOf } from '../../../../../src/local/sagemaker/jobs/host'
import type { JobRecord } from '../../../../../src/local/sagemaker/jobs/job'

const before = { ...process.env }
beforeEach(() => {
  process.env.CUDA_VISIBLE_DEVICES = ''
  delete process.env.HOLDFAST_LOCAL_PROCESSES
})
afterEach(() => {
  process.env = { ...before }
})

function job(options: { resources: object; hyperparameters?: Record<string, string> }): JobRecord {
  return {
    kind: 'training',
    name: 'job',
    arn: 'arn',
    request: { ResourceConfig: options.resources, HyperParameters: options.hyperparameters ?? {} },
    status: 'InProgress',
    secondaryStatus: 'Training',
    transitions: [],
    creationTime: 0,
    lastModifiedTime: 0,
    runner: 'built-in',
    attempt: 1,
    logStreams: [],
    masterPort: 23_456,
    fired: {},
    retries: 0,
  }
}

const torch = { sagemaker_torch_distributed_enabled: 'true' }

function optionsOf(one: JobRecord): (string | undefined)[] {
  return hostsOf(one).map((host) => torchrunOptions(one, host)?.join(' '))
}

const meeting = '--master_addr 127.0.0.1 --master_port 23456'

test('torchrun starts as many processes as the instance has GPUs, but no more than the setting', () => {
  const large = job({
    resources: { InstanceType: 'ml.p4d.24xlarge', InstanceCount: 1 },
    hyperparameters: torch,
  })
  expect(optionsOf(large)).toEqual([`--nnodes 1 --nproc_per_node 2 ${meeting} --node_rank 0`])
  const [host] = hostsOf(large)
  expect(processNotice(large, host)).toBe(
    'ml.p4d.24xlarge would run 8 processes per host; here there are 2 (HOLDFAST_LOCAL_PROCESSES)',
  )
  process.env.HOLDFAST_LOCAL_PROCESSES = '8'
  expect(optionsOf(large)).toEqual([`--nnodes 1 --nproc_per_node 8 ${meeting} --node_rank 0`])
  expect(processNotice(large, host)).toBeUndefined()
  process.env.HOLDFAST_LOCAL_PROCESSES = 'many'
  expect(optionsOf(large)).toEqual([`--nnodes 1 --nproc_per_node 2 ${meeting} --node_rank 0`])
})

test('the instances of a job are its nodes, in order', () => {
  const pair = { InstanceType: 'ml.g5.xlarge', InstanceCount: 2 }
  expect(optionsOf(job({ resources: pair, hyperparameters: torch }))).toEqual([
    `--nnodes 2 --nproc_per_node 1 ${meeting} --node_rank 0`,
    `--nnodes 2 --nproc_per_node 1 ${meeting} --node_rank 1`,
  ])
  expect(optionsOf(job({ resources: pair }))).toEqual([undefined, undefined])
})

test('of a heterogeneous cluster only the named group is under torchrun', () => {
  const group = (InstanceGroupName: string, InstanceType: string, InstanceCount: number) => ({
    InstanceGroupName,
    InstanceType,
    InstanceCount,
  })
  const cluster = job({
    resources: {
      InstanceGroups: [group('cpu', 'ml.c5.xlarge', 1), group('gpu', 'ml.g5.12xlarge', 2)],
    },
    hyperparameters: { ...torch, sagemaker_distribution_instance_groups: '["gpu"]' },
  })
  expect(hostsOf(cluster).map(({ name, group }) => `${name} ${group}`)).toEqual([
    'algo-1 cpu',
    'algo-2 gpu',
    'algo-3 gpu',
  ])
  expect(optionsOf(cluster)).toEqual([
    undefined,
    `--nnodes 2 --nproc_per_node 2 ${meeting} --node_rank 0`,
    `--nnodes 2 --nproc_per_node 2 ${meeting} --node_rank 1`,
  ])
})

test('the hosts of a job divide the GPUs of the machine, and get none when there are too few', () => {
  process.env.CUDA_VISIBLE_DEVICES = '0,1,2,5'
  expect([0, 1].map((index) => gpuShare({ hosts: 2, index }))).toEqual([
    ['0', '1'],
    ['2', '5'],
  ])
  expect(gpuShare({ hosts: 5, index: 4 })).toEqual([])
  // One process for each GPU of the share, whatever more the instance type has.
  process.env.HOLDFAST_LOCAL_PROCESSES = '8'
  const pair = job({
    resources: { InstanceType: 'ml.p4d.24xlarge', InstanceCount: 2 },
    hyperparameters: torch,
  })
  expect(optionsOf(pair)[0]).toContain('--nproc_per_node 2 ')
})

test.each([
  ['ml.p3.2xlarge', 1],
  ['ml.p3.8xlarge', 4],
  ['ml.p3.16xlarge', 8],
  ['ml.g4dn.12xlarge', 4],
  ['ml.g5.4xlarge', 1],
  ['ml.m5.xlarge', 0],
  ['ml.trn1.32xlarge', 0],
  ['local', 0],
])('%s has %i GPUs', (type, gpus) => {
  expect(gpuCount(type)).toBe(gpus)
})
