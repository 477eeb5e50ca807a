import { execFile } from 'node:child_process'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateEndpointCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  DescribeModelCommand,
  ListEndpointsCommand,
  ListTagsCommand,
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker'
import { endJobs } from '../../../../../src/local/end-jobs'
import { requiredVariable } from '../sagemaker-process'
import { bucket, eventually, image, role, startServing, type ServingFixture } from './fixture'

jest.setTimeout(300_000)

const passed = `
import os, time

def passed(gate):
    while not os.path.exists(os.environ.get(gate, "/")):
        time.sleep(0.02)
`

let serving: ServingFixture
beforeEach(async () => {
  serving = await startServing()
})
afterEach(() => serving.close())

/**
 * Multiplies, and says from which word it was made; a text instead of a number is its user's mistake.
 * It loads and answers once the gates of its environment are open.
 */
const multiplier = (word: string) => ({
  'factor.txt': '3',
  'code/inference.py': `
${passed}
import json

def model_fn(model_dir):
    passed("LOADS_AFTER")
    print("loading ${word} from", model_dir, os.environ["FLAVOUR"])
    with open(os.path.join(model_dir, "factor.txt")) as file:
        return int(file.read())

def input_fn(body, content_type):
    return json.loads(body)["inputs"]

def predict_fn(data, model):
    if not isinstance(data, int):
        raise ValueError("inputs must be a number, not " + data)
    passed("ANSWERS_AFTER")
    return data * model

def output_fn(prediction, accept):
    return json.dumps({"word": "${word}", "product": prediction})
`,
})
const environment = { FLAVOUR: 'vanilla' }
const ask = (inputs: unknown, members: Record<string, unknown> = {}) =>
  serving.runtime('invoke_endpoint', {
    EndpointName: 'reviews',
    ContentType: 'application/json',
    Body: JSON.stringify({ inputs }),
    ...members,
  })

test('an endpoint answers with its own functions, logs, restarts what died, and leaves no process', async () => {
  const gate = serving.gate('loads')
  await serving.model({
    name: 'first',
    files: multiplier('first'),
    environment: { ...environment, LOADS_AFTER: gate.path },
  })
  await serving.endpoint({ name: 'reviews', models: [{ model: 'first' }] })
  expect(await ask(2)).toMatchObject({ Error: { Code: 'ValidationError' } })
  await gate.open()
  const described = await serving.settled('reviews')
  expect(described).toMatchObject({
    EndpointStatus: 'InService',
    EndpointConfigName: 'reviews',
    ProductionVariants: [
      {
        VariantName: 'AllTraffic',
        DeployedImages: [{ SpecifiedImage: image }],
        CurrentWeight: 1,
        CurrentInstanceCount: 1,
      },
    ],
  })

  expect(await ask(14)).toEqual({
    Body: '{"word": "first", "product": 42}',
    ContentType: 'application/json',
    InvokedProductionVariant: 'AllTraffic',
  })
  expect(await ask('x')).toMatchObject({
    Error: {
      Code: 'ModelError',
      Message: expect.stringContaining('Received client error (400) from primary') as string,
    },
    OriginalStatusCode: 400,
    OriginalMessage: expect.stringContaining('inputs must be a number, not x') as string,
    LogStreamArn: expect.stringContaining('/aws/sagemaker/Endpoints/reviews') as string,
  })
  expect((await ask(1, { EndpointName: 'missing' })).Error).toEqual({
    Code: 'ValidationError',
    Message: 'Endpoint missing of account 111122223333 not found.',
  })
  expect((await ask(1, { TargetVariant: 'other' })).Error?.Code).toBe('ValidationError')
  // Those that reached the variant, the refused one of the model too.
  const dimensions = { EndpointName: 'reviews', VariantName: 'AllTraffic' }
  expect(await serving.metric({ name: 'Invocations', dimensions })).toEqual({ sum: 2, maximum: 1 })
  const messages = await eventually(async () => {
    const { events = [] } = await serving.logs.send(
      new FilterLogEventsCommand({
        logGroupName: '/aws/sagemaker/Endpoints/reviews',
        logStreamNamePrefix: 'AllTraffic/',
      }),
    )
    const text = events.map(({ message }) => message).join('\n')
    return text.includes('ValueError') ? text : undefined
  })
  expect(messages).toMatch(/loading first from .*model vanilla/)

  serving.processes().forEach(kill)
  expect(
    await eventually(async () => {
      const answer = await ask(14)
      return answer.Body === undefined ? undefined : answer
    }),
  ).toMatchObject({ Body: '{"word": "first", "product": 42}' })

  await serving.sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'reviews' }))
  await eventually(async () => {
    const { Endpoints } = await serving.sagemaker.send(new ListEndpointsCommand({}))
    return Endpoints?.length === 0 ? true : undefined
  })
  expect(serving.processes()).toEqual([])
  expect(await readdir(join(serving.dataDir, 'sagemaker', 'endpoints'))).toEqual([])
})

test('killed with -9, sagemaker-local comes back to its endpoints, and the end of the platform ends them', async () => {
  await serving.model({ name: 'first', files: multiplier('first'), environment })
  await serving.endpoint({ name: 'reviews', models: [{ model: 'first' }] })
  await serving.config({ name: 'early', models: [{ model: 'first' }] })
  await serving.settled('reviews')
  const before = serving.processes()
  await serving.sagemaker.send(
    new CreateEndpointCommand({ EndpointName: 'early', EndpointConfigName: 'early' }),
  )
  await serving.kill('SIGKILL')
  await serving.restart()
  expect(await ask(5)).toMatchObject({ Body: '{"word": "first", "product": 15}' })
  expect((await serving.settled('early')).EndpointStatus).toBe('InService')
  expect(await ask(6, { EndpointName: 'early' })).toMatchObject({
    Body: '{"word": "first", "product": 18}',
  })
  // What served before the kill serves still: no second process, no second load.
  expect(serving.processes()).toEqual(expect.arrayContaining(before))

  await serving.kill('SIGTERM')
  expect(serving.processes().length).toBeGreaterThan(0)
  await endJobs(serving.dataDir)
  expect(serving.processes()).toEqual([])
  await serving.restart()
  await eventually(async () => ((await ask(7)).Body === undefined ? undefined : true))
})

test('a model that cannot be loaded fails its endpoint with the reason, and an update to it is rolled back', async () => {
  const broken = {
    'code/inference.py': `${passed}
def model_fn(model_dir):
    passed("LOADS_AFTER")
    raise OSError("no weights")
`,
  }
  const gate = serving.gate('breaks')
  await gate.open()
  await serving.model({ name: 'broken', files: broken, environment: { LOADS_AFTER: gate.path } })
  await serving.endpoint({ name: 'failing', models: [{ model: 'broken' }] })
  const failed = await serving.settled('failing')
  expect(failed.EndpointStatus).toBe('Failed')
  expect(failed.FailureReason).toMatch(
    /variant AllTraffic did not pass the ping health check\..*OSError: no weights/,
  )

  await serving.model({ name: 'first', files: multiplier('first'), environment })
  await serving.endpoint({ name: 'reviews', models: [{ model: 'first' }] })
  expect((await serving.settled('reviews')).FailureReason).toBeUndefined()
  await gate.close()
  const update = { EndpointName: 'reviews', EndpointConfigName: 'failing' }
  await serving.sagemaker.send(new UpdateEndpointCommand(update))
  await expect(serving.sagemaker.send(new UpdateEndpointCommand(update))).rejects.toThrow(
    'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:111122223333:endpoint/reviews".',
  )
  expect(await ask(2)).toMatchObject({ Body: '{"word": "first", "product": 6}' })
  await gate.open()
  expect(await serving.settled('reviews')).toMatchObject({
    EndpointStatus: 'InService',
    EndpointConfigName: 'reviews',
    FailureReason: expect.stringContaining('no weights') as string,
  })
  expect(await ask(2)).toMatchObject({ Body: '{"word": "first", "product": 6}' })
})

test('an update serves the new model without a gap, and the old process ends', async () => {
  await serving.model({ name: 'first', files: multiplier('first'), environment })
  const gate = serving.gate('loads')
  await serving.model({
    name: 'second',
    files: multiplier('second'),
    environment: { ...environment, LOADS_AFTER: gate.path },
  })
  await serving.endpoint({ name: 'reviews', models: [{ model: 'first' }] })
  await serving.config({
    name: 'both',
    models: [
      { model: 'first', weight: 0 },
      { model: 'second', weight: 1 },
    ],
  })
  expect((await serving.settled('reviews')).FailureReason).toBeUndefined()
  const old = serving.processes()
  await serving.sagemaker.send(
    new UpdateEndpointCommand({ EndpointName: 'reviews', EndpointConfigName: 'both' }),
  )
  const word = async () => {
    const { Body, Error } = await ask(1)
    expect(Error).toBeUndefined()
    return (JSON.parse(Body ?? '') as { word: string }).word
  }
  expect(await word()).toBe('first')
  await gate.open()
  await eventually(async () => ((await word()) === 'second' ? true : undefined))
  expect((await ask(1)).InvokedProductionVariant).toBe('second')
  expect((await ask(1, { TargetVariant: 'first' })).InvokedProductionVariant).toBe('first')
  await eventually(async () =>
    serving.processes().some((pid) => old.includes(pid)) ? undefined : true,
  )
})

test('an update ends out of service, or with its rollback failed, where the scenario says so; another brings it back', async () => {
  const { sagemaker } = serving
  for (const word of ['first', 'second'])
    await serving.model({ name: word, files: multiplier(word), environment })
  await serving.endpoint({ name: 'reviews', models: [{ model: 'first' }] })
  await serving.config({ name: 'next', models: [{ model: 'second' }] })
  await serving.settled('reviews')
  const update = async (config: string) => {
    await sagemaker.send(
      new UpdateEndpointCommand({ EndpointName: 'reviews', EndpointConfigName: config }),
    )
    return serving.settled('reviews')
  }
  const rules = [
    { endpoints: 'rev*', do: 'outOfService' },
    { endpoints: 'rev*', do: 'updateRollbackFailed' },
    { endpoints: 'other', do: 'outOfService' },
  ]
  await writeFile(join(serving.dataDir, 'scenario.yaml'), JSON.stringify({ rules }))
  expect(await update('next')).toMatchObject({
    ...{ EndpointStatus: 'OutOfService', EndpointConfigName: 'next' },
  })
  expect((await ask(2)).Error).toMatchObject({
    Code: 'ValidationError',
    Message: expect.stringContaining('reviews is OutOfService') as string,
  })
  await expect(
    sagemaker.send(
      new UpdateEndpointWeightsAndCapacitiesCommand({
        EndpointName: 'reviews',
        DesiredWeightsAndCapacities: [{ VariantName: 'AllTraffic', DesiredWeight: 1 }],
      }),
    ),
  ).rejects.toMatchObject({ name: 'ValidationException' })

  expect(await update('reviews')).toMatchObject({
    EndpointStatus: 'UpdateRollbackFailed',
    EndpointConfigName: 'next',
    FailureReason: 'Both the update and its rollback failed.',
  })
  expect(await ask(2)).toMatchObject({ Body: '{"word": "second", "product": 6}' })
  const { Endpoints } = await sagemaker.send(
    new ListEndpointsCommand({ StatusEquals: 'UpdateRollbackFailed' }),
  )
  expect(Endpoints).toHaveLength(1)

  const well = await update('reviews')
  expect([well.EndpointStatus, well.FailureReason]).toEqual(['InService', undefined])
  expect(await ask(2)).toMatchObject({ Body: '{"word": "first", "product": 6}' })
  await sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'reviews' }))
})

test('an asynchronous endpoint writes each answer, or failure, to S3, also over a kill -9', async () => {
  const gate = serving.gate('answers')
  await gate.open()
  await serving.model({
    name: 'first',
    files: multiplier('first'),
    environment: { ...environment, ANSWERS_AFTER: gate.path },
  })
  const OutputConfig = {
    S3OutputPath: `s3://${bucket}/answers`,
    S3FailurePath: `s3://${bucket}/failures`,
  }
  const config = { AsyncInferenceConfig: { OutputConfig } }
  await serving.endpoint({ name: 'reviews', models: [{ model: 'first' }], config })
  await serving.settled('reviews')
  expect((await ask(1)).Error?.Code).toBe('ValidationError')
  const later = async (inputs: unknown) =>
    serving.runtime('invoke_endpoint_async', {
      EndpointName: 'reviews',
      ContentType: 'application/json',
      InputLocation: await serving.put('questions/one.json', JSON.stringify({ inputs })),
    })
  const requests = join(serving.dataDir, 'sagemaker', 'endpoints', 'reviews', 'requests')
  const allDone = () =>
    eventually(async () => ((await readdir(requests)).length === 0 ? true : undefined))
  const accepted = await later(4)
  expect(accepted.InferenceId).toMatch(/^[0-9a-f-]{36}$/)
  expect(await objectAt(accepted.OutputLocation)).toBe('{"word": "first", "product": 12}')
  // The answer lies there a moment before its request is off the backlog.
  await allDone()
  const refused = await later('x')
  expect(await objectAt(refused.FailureLocation)).toContain('inputs must be a number')
  expect(await serving.keys('answers/')).toHaveLength(1)
  await allDone()
  await gate.close()
  const held = await later(5)
  await serving.kill('SIGKILL')
  await gate.open()
  await serving.restart()
  expect(await objectAt(held.OutputLocation)).toBe('{"word": "first", "product": 15}')
  const EndpointName = 'reviews'
  const dimensions = { EndpointName, VariantName: 'AllTraffic' }
  const asked = await serving.metric({ name: 'Invocations', dimensions })
  // The one that was held by the kill may have been asked twice.
  expect([3, 4]).toContain(asked.sum)
  const name = 'ApproximateBacklogSize'
  expect(await serving.metric({ name, dimensions: { EndpointName } })).toMatchObject({ maximum: 1 })
})

test('names, tags and models of endpoints are checked as the service does, in its words', async () => {
  const { sagemaker } = serving
  const Tags = [{ Key: 'team', Value: 'reviews' }]
  const PrimaryContainer = { Image: image, Environment: { HF_MODEL_ID: 'some/model' } }
  const request = { ModelName: 'first', ExecutionRoleArn: role, PrimaryContainer, Tags }
  const { ModelArn } = await sagemaker.send(new CreateModelCommand(request))
  const arn = 'arn:aws:sagemaker:us-east-1:111122223333'
  expect(ModelArn).toBe(`${arn}:model/first`)
  await expect(sagemaker.send(new CreateModelCommand(request))).rejects.toMatchObject({
    name: 'ValidationException',
    message: `Cannot create already existing model "${arn}:model/first".`,
  })
  expect(await sagemaker.send(new ListTagsCommand({ ResourceArn: ModelArn }))).toMatchObject({
    Tags,
  })
  expect(await sagemaker.send(new DescribeModelCommand({ ModelName: 'first' }))).toMatchObject({
    PrimaryContainer,
    EnableNetworkIsolation: false,
  })
  await expect(
    sagemaker.send(new CreateEndpointCommand({ EndpointName: 'e', EndpointConfigName: 'none' })),
  ).rejects.toThrow(`Could not find endpoint configuration "${arn}:endpoint-config/none".`)
  await expect(
    sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'none' })),
  ).rejects.toMatchObject({
    name: 'ValidationException',
    message: `Could not find endpoint "${arn}:endpoint/none".`,
  })
  await expect(serving.config({ name: 'c', models: [{ model: 'unknown' }] })).rejects.toThrow(
    `Could not find model "${arn}:model/unknown".`,
  )

  await serving.endpoint({ name: 'hub', models: [{ model: 'first' }] })
  await expect(
    sagemaker.send(new CreateEndpointCommand({ EndpointName: 'hub', EndpointConfigName: 'hub' })),
  ).rejects.toThrow(`Cannot create already existing endpoint "${arn}:endpoint/hub".`)
  const failed = await serving.settled('hub')
  expect(failed.FailureReason).toContain(
    'HF_MODEL_ID some/model cannot be had from http://127.0.0.1:9',
  )
})

test('what code/requirements.txt asks for is installed for this endpoint alone', async () => {
  const wheel = 'greeting-1.0-py3-none-any.whl'
  const code = 'import greeting\n\ndef model_fn(model_dir):\n    return greeting.WORD\n'
  await serving.model({
    name: 'polite',
    files: {
      'code/requirements.txt': `--no-index\n--find-links /opt/ml/model/code\ngreeting==1.0\n`,
      'code/inference.py': `${code}\ndef predict_fn(data, model):\n    return model\n`,
      [`code/${wheel}`]: await pythonWheel(),
    },
  })
  await serving.endpoint({ name: 'reviews', models: [{ model: 'polite' }] })
  expect((await serving.settled('reviews')).FailureReason).toBeUndefined()
  expect(await ask('anything')).toMatchObject({ Body: '"hello"' })
  await expect(python('import greeting')).rejects.toThrow('No module named')
})

/** A wheel is a zip file: one module, and what pip wants to know of it. */
async function pythonWheel(): Promise<Buffer> {
  const script = `
import base64, io, sys, zipfile
out = io.BytesIO()
info = "greeting-1.0.dist-info/"
with zipfile.ZipFile(out, "w") as wheel:
    wheel.writestr("greeting.py", 'WORD = "hello"\\n')
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: greeting\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "greeting.py,,\\n")
print(base64.b64encode(out.getvalue()).decode())
`
  return Buffer.from(await python(script), 'base64')
}

async function python(script: string): Promise<string> {
  const command = requiredVariable('HOLDFAST_PYTHON')
  return (await promisify(execFile)(command, ['-c', script], { timeout: 60_000 })).stdout
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It went with another one.
  }
}

function objectAt(uri = ''): Promise<string> {
  return eventually(() =>
    serving.get(uri.slice(`s3://${bucket}/`.length)).catch((error: Error) => {
      if (error.name === 'NoSuchKey') return undefined
      throw error
    }),
  )
}
