import { join } from 'node:path'

import { ConfigError } from '../../../src/config/fault'
import { parsePipeline } from '../../../src/config/load-pipeline'
import { packageRoot } from '../../../src/package-root'

const base = `name: reviews
train:
  entryPoint: train.py
  sourceDir: .
  transformersVersion: "4.56"
  pytorchVersion: "2.8"
  pyVersion: py312
  placements:
    - { instanceType: ml.g5.xlarge }
    - { instanceType: ml.g5.xlarge, region: eu-west-1 }
`

const load = (more: string) =>
  parsePipeline({
    text: `${base}${more}`,
    file: 'pipeline.yaml',
    baseDir: join(packageRoot(), 'test/fixtures/quick/code'),
    env: { AWS_REGION: 'us-east-1' },
  })

/** Line, column, and the words. */
function faultsOf(more: string): string[] {
  try {
    load(more)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.map(
      ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
    )
  }
}

const elsewhere = 'of one region alone, and a placement names another one'

test.each([
  [
    'a key that is of one region',
    '  outputKmsKey: alias/mine\n',
    ['10:45 train.placements[1].region: train.outputKmsKey cannot be used in eu-west-1'],
  ],
  [
    'a network, and an image',
    '  subnets: [subnet-1]\n  securityGroupIds: [sg-1]\n  regions: { eu-west-1: { subnets: [subnet-2], securityGroupIds: [sg-2] } }\n  imageUri: 111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1\n',
    ['10:45 train.placements[1].region: train.imageUri cannot be used in eu-west-1'],
  ],
  [
    'half a network there',
    '  regions: { eu-west-1: { subnets: [subnet-2] } }\n',
    ['11:27 train.regions.eu-west-1.subnets: needs securityGroupIds'],
  ],
  [
    'a region that nothing goes to',
    '  regions: { eu-west-2: { bucket: mine } }\n',
    ['11:14 train.regions.eu-west-2: no placement names this region'],
  ],
  [
    'checkpoints of the user’s own',
    '  checkpointS3Uri: s3://mine/checkpoints\n',
    [`11:20 train.checkpointS3Uri: ${elsewhere}`],
  ],
  ['channels of the user’s own', '  inputs: s3://mine/data\n', [`11:3 train.inputs: ${elsewhere}`]],
  [
    'a training plan',
    '  trainingPlan: arn:aws:sagemaker:us-east-1:111122223333:training-plan/mine\n',
    [`11:17 train.trainingPlan: ${elsewhere}`],
  ],
  ['a base model in S3', 'model: s3://mine/model\n', [`11:8 model: ${elsewhere}`]],
])('%s is told with its place', (_, more, told) => {
  expect(faultsOf(more)).toEqual(told)
})

test('a script may name what it likes in its hyperparameters and variables', () => {
  const more =
    '  hyperparameters: { corpus: s3://mine/corpus }\n  environment: { TOPIC: "arn:aws:sns:us-east-1:111122223333:mine" }\n'
  expect(faultsOf(more)).toEqual([])
})

test('the placement keeps its region, what is another one there stands beside, and prices say where they are from', () => {
  const more = `  prices: { ml.g5.xlarge: 1 }
  outputKmsKey: alias/here
  regions:
    eu-west-1: { outputKmsKey: alias/there, bucket: mine, prices: { ml.g5.xlarge: 2 } }
`
  const { train } = load(more).pipeline
  expect(train.placements).toEqual([
    { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
    { instanceType: 'ml.g5.xlarge', useSpotInstances: true, region: 'eu-west-1' },
  ])
  expect(train.regions).toEqual({ 'eu-west-1': { outputKmsKey: 'alias/there', bucket: 'mine' } })
  expect(train.prices).toMatchObject([
    { region: 'us-east-1', usdPerHour: 1 },
    { region: 'eu-west-1', usdPerHour: 2 },
  ])
})
