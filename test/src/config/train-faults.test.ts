import { parse, stringify } from 'yaml'
import { ConfigError } from '../../../src/config/fault'
import { parsePipeline } from '../../../src/config/load-pipeline'
import { makeProject } from './helpers'

const project = makeProject()
afterAll(project.remove)

const plain = {
  entryPoint: 'train.py',
  sourceDir: './training',
  imageUri: '111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1',
  instanceType: 'ml.g5.xlarge',
}
const data = { dataset: { path: './data/reviews.csv' }, model: './models/minilm' }

function load({ yaml, ...more }: { yaml: string; without?: string; dataset?: object }) {
  const train: Record<string, unknown> = { ...plain, ...(parse(yaml) as object | null) }
  if (more.without) delete train[more.without]
  const text = stringify({ name: 'reviews', ...(more.dataset ?? {}), train })
  return parsePipeline({ text, file: 'pipeline.yaml', baseDir: project.folder, env: {} }).pipeline
}

function faultsOf(config: Parameters<typeof load>[0]): string[] {
  try {
    load(config)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.map(({ path, message, hint }) => `${path}: ${message} (${hint ?? ''})`)
  }
}

const groups =
  'instanceGroups: [{ instanceGroupName: gpu, instanceType: ml.g5.xlarge, instanceCount: 1 }]'

describe('train refuses', () => {
  test.each([
    [
      'an instance type that there is not',
      'instanceType: ml.g5.xlarg',
      'train.instanceType: not a SageMaker instance type (did you mean "ml.g5.xlarge"?)',
    ],
    [
      'a placement in a region that there is not',
      'placements: [{ instanceType: ml.g5.xlarge, region: Ireland }]',
      'train.placements[0].region: not a region of AWS (such as eu-west-1)',
    ],
    [
      'what another region would need',
      'regions: { eu-west-1: { subnets: [subnet-1], securityGroupIds: [sg-1] } }',
      'train.regions.eu-west-1: no placement names this region',
    ],
    ['a deadline too short for an attempt', 'deadline: 90s', 'train.deadline: must be at least 2m'],
    ['a budget of nothing', 'maxUsd: 0', 'train.maxUsd: must be more than 0'],
    [
      'a deadline without its unit',
      'deadline: 3600',
      'train.deadline: expected text, found the number 3600',
    ],
    [
      'camelCase in distribution',
      'distribution: { torchDistributed: { enabled: true } }',
      'train.distribution.torchDistributed: unknown key (did you mean "torch_distributed"?)',
    ],
    [
      'an unknown option of the library',
      'distribution: { smdistributed: { dataparallel: { mpi: x } } }',
      'train.distribution.smdistributed.dataparallel.mpi: unknown key',
    ],
    [
      'a parameter out of its range',
      'distribution: { smdistributed: { modelparallel: { parameters: { memory_weight: 1.5 } } } }',
      'memory_weight: must be a number from 0 to 1',
    ],
    ['a channel that is no S3 URI', 'inputs: { a: ./data }', 'train.inputs.a: not an S3 URI'],
    [
      'an unknown key of a channel, whichever kind it is',
      'inputs: { a: { s3Data: s3://data/a, mode: Pipe } }',
      'train.inputs.a.mode: unknown key',
    ],
    [
      'a channel without a name',
      'inputs: { s3Data: s3://data/a }',
      'train.inputs.s3Data: a channel has a name',
    ],
    [
      'a file system without a VPC',
      'inputs: { a: { fileSystemId: fs-0123456789, fileSystemType: EFS, directoryPath: /a } }',
      'train.inputs.a.fileSystemId: a file system is reached by way of its VPC',
    ],
    [
      'the channel of the code',
      'inputs: { code: s3://data/a }\nenableNetworkIsolation: true',
      'train.inputs.code: this channel is taken by the code',
    ],
    ['a name for no channel', 'modelChannelName: start', 'train.modelChannelName: needs modelUri'],
    [
      '18 channels',
      `inputs: { ${Array.from({ length: 18 }, (_, at) => `c${at}: s3://data/a`).join(', ')} }`,
      "train.inputs: 18 channels; 17 are left of SageMaker's 20",
    ],
    ['groups beside an instance type', groups, 'train.instanceType: not beside instanceGroups'],
    [
      'a group that there is not',
      'distribution: { instance_groups: [gpu], mpi: { enabled: true } }',
      'train.distribution.instance_groups[0]: no such instance group',
    ],
    [
      'credentials of no registry',
      'trainingRepositoryCredentialsProviderArn: arn:aws:lambda:us-east-1:111122223333:function:f',
      'needs trainingRepositoryAccessMode: Vpc',
    ],
    [
      'a profiler rule without profiler',
      'rules: [{ name: a, kind: profiler }]\ndisableProfiler: true',
      'train.disableProfiler: contradicts',
    ],
    [
      '21 collections',
      `debuggerHookConfig: { collectionConfigs: [${Array.from({ length: 20 }, () => '{ name: a }').join(', ')}] }\nrules: [{ name: overfit }]`,
      '21 collections of tensors; SageMaker takes 20',
    ],
    [
      'the place of the output',
      'outputPath: s3://bucket/out',
      'train.outputPath: Holdfast decides this (a run keeps its output',
    ],
    [
      "the SDK's spelling of it",
      'output_path: s3://bucket/out',
      'train.output_path: Holdfast decides this',
    ],
    [
      'a raw field that another key says',
      'raw: { StoppingCondition: { MaxRuntimeInSeconds: 5 } }',
      'train.raw.StoppingCondition.MaxRuntimeInSeconds: not a field for raw (say train.maxRun)',
    ],
    [
      'a raw field out of its range',
      'raw: { StoppingCondition: { MaxPendingTimeInSeconds: 5 } }',
      'train.raw.StoppingCondition.MaxPendingTimeInSeconds: must be at least 1800',
    ],
    ['a KMS key with spaces', 'volumeKmsKey: my key', 'train.volumeKmsKey: not a KMS key'],
    [
      'a tag given twice',
      'tags: [{ Key: a, Value: b }, { Key: a, Value: c }]',
      'train.tags[1].Key: this tag is given twice',
    ],
  ])('%s', (_, yaml, fault) => {
    expect(faultsOf({ yaml }).join('\n')).toContain(fault)
  })

  test.each([
    [
      'channels of the data set',
      'inputs: { train: s3://data/a }',
      'train.inputs.train: this channel is taken by the dataset',
    ],
    [
      'the channel of the model',
      'inputs: { model: s3://data/a }',
      'train.inputs.model: this channel is taken by the model',
    ],
    [
      'two models of one channel',
      'modelUri: s3://models/mine',
      'train.modelUri: its channel would be named model',
    ],
    [
      'output that cannot be evaluated',
      'disableOutputCompression: true',
      'train.disableOutputCompression: the evaluation reads the model.tar.gz',
    ],
    [
      'machines that cannot evaluate',
      'instanceType: ml.p4de.24xlarge',
      'evaluate.instanceType: needed: SageMaker has no processing jobs on ml.p4de.24xlarge',
    ],
  ])('beside a dataset, %s', (_, yaml, fault) => {
    expect(faultsOf({ yaml, dataset: data }).join('\n')).toContain(fault)
    expect(faultsOf({ yaml })).toEqual([])
  })

  test('a dataset without a model', () => {
    expect(faultsOf({ yaml: '', dataset: { dataset: data.dataset } })).toEqual([
      expect.stringContaining('model: required with a dataset, but missing'),
    ])
  })
})

describe('train takes', () => {
  test('no dataset and no model: the script finds both in its channels', () => {
    const pipeline = load({ yaml: 'inputs: { train: s3://data/a }' })
    expect(pipeline).not.toHaveProperty('dataset')
    expect(pipeline).not.toHaveProperty('model')
    expect(pipeline.train.inputs).toEqual({ train: 's3://data/a' })
  })

  test('a single channel, named as the SDK names it', () => {
    expect(load({ yaml: 'inputs: s3://data/a' }).train.inputs).toEqual({ training: 's3://data/a' })
  })

  test("tags in the SDK's form", () => {
    expect(load({ yaml: 'tags: [{ Key: team, Value: nlp }]' }).tags).toEqual({ team: 'nlp' })
  })

  test('parameters of the library as written: floats as floats, in the written order', () => {
    const yaml =
      'distribution: { smdistributed: { modelparallel: { parameters: { fp16: true, memory_weight: 1.0, ddp: true } } } }'
    // Written out, because stringify would write 1.0 as 1.
    const text = `name: reviews\ntrain:\n  ${Object.entries(plain)
      .map(([key, value]) => `${key}: ${value}`)
      .join('\n  ')}\n  ${yaml}\n`
    const { pipeline } = parsePipeline({ text, file: 'p', baseDir: project.folder, env: {} })
    expect(JSON.stringify(pipeline.train.estimator['distribution'])).toBe(
      '{"smdistributed":{"modelparallel":{"parameters":{"fp16":true,"memory_weight":{"__float__":1},"ddp":true}}}}',
    )
  })

  test('fields of the API that it does not know yet', () => {
    const raw = {
      NewConfig: { a: [1] },
      MlflowConfig: { MlflowResourceArn: 'arn:aws:sagemaker:us-east-1:111122223333:mlflow-app/a' },
    }
    expect(load({ yaml: stringify({ raw }) }).train.estimator['raw']).toEqual(raw)
  })

  test('groups of instances, the first of which evaluates', () => {
    const pipeline = load({ yaml: groups, without: 'instanceType', dataset: data })
    expect(pipeline.evaluate.instanceType).toBe('ml.g5.xlarge')
  })
})
