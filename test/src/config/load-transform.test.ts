import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ConfigError } from '../../../src/config/fault'
import { loadTransform } from '../../../src/config/load-transform'
import { planTransform } from '../../../src/plan/plan-transform'

const env = { AWS_REGION: 'eu-west-1', SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/x' }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-transform-'))
  mkdirSync(join(folder, 'in'))
  writeFileSync(join(folder, 'inference.py'), '')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const text = `name: batch
model:
  published: reviews
  transformersVersion: "4.26"
  pytorchVersion: "1.13"
  pyVersion: py39
transform:
  data: ./in
  splitType: Line
  instanceType: ml.m5.xlarge
`

function written(content: string): string {
  const path = join(folder, 'transform.yaml')
  writeFileSync(path, content)
  return path
}

const load = async (content = text) =>
  (await loadTransform({ path: written(content), env: {} })).transform

async function faultsOf(content: string): Promise<string[]> {
  try {
    await load(content)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ path }) => path)
    throw error
  }
}

test('a local input is found beside the file, and the SDK’s arguments lie where they belong', async () => {
  const { transformer, transform, maxRun, published } = await load(
    `${text}  strategy: SingleRecord\n  assembleWith: Line\n  joinSource: Input\n  maxRun: 2h\n`,
  )
  expect(published).toEqual({ name: 'reviews' })
  expect(transformer).toEqual({
    ...{ instanceType: 'ml.m5.xlarge', instanceCount: 1 },
    ...{ strategy: 'SingleRecord', assembleWith: 'Line' },
  })
  expect(transform).toMatchObject({
    ...{ data: join(folder, 'in'), splitType: 'Line', joinSource: 'Input' },
  })
  expect(maxRun).toBe(7_200)
})

test.each([
  ['input that is not there', text.replace('./in', './gone'), 'transform.data'],
  [
    'several records where there are none',
    text.replace('splitType: Line', 'strategy: MultiRecord'),
    'transform.strategy',
  ],
  ['answers that run together', `${text}  joinSource: Input\n`, 'transform.joinSource'],
  ['no model', text.replace('  published: reviews\n', ''), 'model'],
  [
    'a script that is not there',
    text.replace('published: reviews', 'published: reviews\n  entryPoint: other.py'),
    'model.entryPoint',
  ],
  ['an instance type of the moon', text.replace('ml.m5', 'ml.moon'), 'transform.instanceType'],
])('%s is named with its place', async (_, content, path) => {
  expect(await faultsOf(content)).toEqual([path])
})

test('the plan has every call in order, and the price of all of maxRun', async () => {
  const transform = await load(
    text.replace('published: reviews', 'published: reviews\n  entryPoint: inference.py') +
      '  instanceCount: 2\n  maxRun: 3h\n',
  )
  const price = {
    ...{ instanceType: 'ml.m5.xlarge', use: 'transform' as const, region: 'eu-west-1' },
    ...{ usdPerHour: 0.25, source: 'a test', readAt: '2026-11-28' },
  }
  const { calls, most, faults, warnings } = planTransform({ transform, prices: [price], env })
  expect({ faults, warnings }).toEqual({ faults: [], warnings: [] })
  expect(calls.map(({ op }) => op)).toEqual([
    ...['PutObject', 'PutObject', 'CreateModel', 'CreateTransformJob', 'DeleteModel'],
  ])
  const [input, packed, model, job] = calls.map(({ params }) => params)
  const bucket = 'sagemaker-eu-west-1-<account>'
  expect(packed).toMatchObject({ Bucket: bucket, ExpectedBucketOwner: '<account>' })
  expect(model).toMatchObject({
    PrimaryContainer: {
      ModelDataUrl: `s3://${bucket}/${(packed as { Key: string }).Key}`,
      Environment: {
        SAGEMAKER_PROGRAM: 'inference.py',
        SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code',
      },
    },
  })
  expect(job).toMatchObject({
    TransformInput: {
      DataSource: { S3DataSource: { S3Uri: `s3://${bucket}/${(input as { Key: string }).Key}` } },
      SplitType: 'Line',
    },
    TransformResources: { InstanceType: 'ml.m5.xlarge', InstanceCount: 2 },
  })
  expect(most).toMatchObject({ hours: 6, usd: 1.5, price, missing: [] })
})
