import { existsSync } from 'node:fs'
import { DescribeLogStreamsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateTransformJobCommand,
  DescribeTransformJobCommand,
  ListTransformJobsCommand,
  StopTransformJobCommand,
  type CreateTransformJobCommandInput,
  type DescribeTransformJobCommandOutput,
} from '@aws-sdk/client-sagemaker'
import { bucket, eventually, startServing, type ServingFixture } from './fixture'

jest.setTimeout(300_000)

/**
 * Counts the letters of each line that it gets, and says how many lines came together. With a gate in its
 * environment it notes beside that it was asked, and answers once the gate is open.
 */
const counter = {
  'code/inference.py': `
import json, os, time

def model_fn(model_dir):
    return None

def transform_fn(model, body, content_type, accept):
    gate = os.environ.get("ANSWERS_AFTER")
    if gate:
        open(gate + ".asked", "w").close()
    while gate and not os.path.exists(gate):
        time.sleep(0.02)
    lines = [json.loads(line) for line in body.splitlines()]
    answers = [{"letters": len(line["inputs"]), "together": len(lines)} for line in lines]
    return "\\n".join(json.dumps(answer) for answer in answers), "application/jsonlines"
`,
}

let serving: ServingFixture
beforeEach(async () => {
  serving = await startServing()
  await serving.model({ name: 'counter', files: counter })
})
afterEach(() => serving.close())

const words = Array.from({ length: 10 }, (_, index) => 'x'.repeat(index + 1))
const lines = words.map((inputs, id) => JSON.stringify({ id, inputs })).join('\n')

async function transform(
  name: string,
  changes: Partial<CreateTransformJobCommandInput> = {},
): Promise<void> {
  await serving.put('in/reviews/part.jsonl', `${lines}\n`)
  await serving.sagemaker.send(
    new CreateTransformJobCommand({
      TransformJobName: name,
      ModelName: 'counter',
      TransformInput: {
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/in` } },
        ContentType: 'application/json',
        SplitType: 'Line',
      },
      TransformOutput: { S3OutputPath: `s3://${bucket}/out/${name}`, AssembleWith: 'Line' },
      TransformResources: { InstanceType: 'ml.m5.xlarge', InstanceCount: 1 },
      ...changes,
    }),
  )
}

const describe = (TransformJobName: string) =>
  serving.sagemaker.send(new DescribeTransformJobCommand({ TransformJobName }))

function ended(name: string): Promise<DescribeTransformJobCommandOutput> {
  return eventually(async () => {
    const job = await describe(name)
    const status = job.TransformJobStatus ?? ''
    return ['Completed', 'Failed', 'Stopped'].includes(status) ? job : undefined
  })
}

const outputOf = async (name: string) =>
  (await serving.get(`out/${name}/reviews/part.jsonl.out`))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)

test('a transform writes a line for each of ten, together or one by one, and joined with its input', async () => {
  await transform('together')
  await transform('joined', {
    BatchStrategy: 'SingleRecord',
    DataProcessing: { JoinSource: 'Input', OutputFilter: '$.SageMakerOutput' },
  })
  expect(await ended('together')).toMatchObject({
    TransformJobStatus: 'Completed',
    ModelName: 'counter',
    TransformEndTime: expect.any(Date) as Date,
  })
  expect((await ended('joined')).TransformJobStatus).toBe('Completed')
  const letters = words.map(({ length }) => length)
  expect(await outputOf('together')).toEqual(letters.map((n) => ({ letters: n, together: 10 })))
  expect(await outputOf('joined')).toEqual(letters.map((n) => ({ letters: n, together: 1 })))
  expect(serving.processes()).toEqual([])
  const { logStreams } = await serving.logs.send(
    new DescribeLogStreamsCommand({
      logGroupName: '/aws/sagemaker/TransformJobs',
      logStreamNamePrefix: 'together/',
    }),
  )
  expect(logStreams).toHaveLength(1)
  const { TransformJobSummaries } = await serving.sagemaker.send(
    new ListTransformJobsCommand({ NameContains: 'join' }),
  )
  expect(TransformJobSummaries).toMatchObject([{ TransformJobName: 'joined' }])
})

test('a transform is started again after kill -9, and another one stops when it is told to', async () => {
  const gate = serving.gate('answers')
  const held = { BatchStrategy: 'SingleRecord' as const, Environment: { ANSWERS_AFTER: gate.path } }
  await transform('killed', held)
  await eventually(async () => (existsSync(`${gate.path}.asked`) ? true : undefined))
  await serving.kill('SIGKILL')
  await serving.restart()
  expect((await describe('killed')).TransformJobStatus).toBe('InProgress')
  await gate.open()
  expect((await ended('killed')).TransformJobStatus).toBe('Completed')
  expect(await outputOf('killed')).toHaveLength(10)

  await gate.close()
  await transform('stopped', held)
  await eventually(async () => (serving.processes().length > 0 ? true : undefined))
  const stop = new StopTransformJobCommand({ TransformJobName: 'stopped' })
  await serving.sagemaker.send(stop)
  expect((await ended('stopped')).TransformJobStatus).toBe('Stopped')
  await expect(serving.sagemaker.send(stop)).rejects.toThrow(
    'the transform job is in status Stopped',
  )
  expect(await serving.keys('out/stopped/')).toEqual([])
  expect(serving.processes()).toEqual([])
})

test('what the model refuses fails the job with its words, and what is not done is refused by name', async () => {
  await transform('failing', { DataProcessing: { InputFilter: '$.id' } })
  const failed = await ended('failing')
  expect(failed.TransformJobStatus).toBe('Failed')
  expect(failed.FailureReason).toMatch(/ClientError: .*400.*not subscriptable/)
  await expect(
    transform('filter', { DataProcessing: { InputFilter: '$..inputs' } }),
  ).rejects.toMatchObject({ name: 'UnknownOperationException' })
  await expect(transform('failing')).rejects.toMatchObject({ name: 'ResourceInUse' })
})
