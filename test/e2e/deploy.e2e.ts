/** Deployments on the local platform: what a client sees while versions are tried, and while things die. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import {
  DescribeEndpointCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelsCommand,
} from '@aws-sdk/client-sagemaker'
import { stringify } from 'yaml'

import type { DeploymentState } from '../../src/client'
import { loadDeploy } from '../../src/config/load-deploy'
import type { ServiceName } from '../../src/local/platform'
import { tarGz } from '../src/a-tar'
import { isRunning } from './support/processes'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { steadyRequests, type SteadyRequests } from './support/steady-requests'
import { waitFor, within } from './support/wait-for'

jest.setTimeout(300_000)

let quick: QuickPlatform
let steady: SteadyRequests | undefined

beforeAll(async () => {
  quick = await startQuickPlatform()
}, 120_000)
afterEach(async () => {
  await steady?.stop()
  steady = undefined
})
afterAll(async () => {
  await quick?.stop()
}, 60_000)

const credentialsOf = (env: Record<string, string | undefined>) => ({
  accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
  secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
})

/** Says its word; after so many answers it becomes slow, which is no failure, but is seen. */
function inference(word: string, slowAfter = 1_000_000): string {
  return `
import time

answers = 0

def model_fn(model_dir):
    return "${word}"

def predict_fn(data, model):
    global answers
    answers += 1
    if answers > ${slowAfter}:
        time.sleep(1)
    return model
`
}

interface Deploy {
  endpoint: string
  word: string
  slowAfter?: number
  /** Its script lies beside the file, and joins an archive that has none. */
  packed?: boolean
  rollout?: object
}

async function write(given: Deploy): Promise<string> {
  const { endpoint, word, slowAfter, packed = false, rollout = {} } = given
  const { account, bucket } = await place()
  const key = `served/${packed ? 'bare' : word}/model.tar.gz`
  const body = tarGz([
    packed
      ? { path: 'weights.bin', body: 'w' }
      : { path: 'code/inference.py', body: inference(word, slowAfter) },
  ])
  await quick.aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }))
  const path = join(quick.folder, `${endpoint}-${word}.yaml`)
  const config = {
    model: {
      modelData: `s3://${bucket}/${key}`,
      ...(packed && writeScript(endpoint, word)),
      imageUri: `${account}.dkr.ecr.us-east-1.amazonaws.com/huggingface-inference:1`,
    },
    deploy: { endpointName: endpoint, instanceType: 'ml.m5.xlarge', initialInstanceCount: 1 },
    ...rollout,
  }
  writeFileSync(path, stringify(config))
  return path
}

/** Takes its word from a dependency, and asks for the weights. */
function writeScript(endpoint: string, word: string): object {
  const folder = `${endpoint}-script`
  mkdirSync(join(quick.folder, folder), { recursive: true })
  writeFileSync(join(quick.folder, `${folder}.py`), `WORD = "${word}"\n`)
  writeFileSync(
    join(quick.folder, folder, 'inference.py'),
    `
import importlib
import os

def model_fn(model_dir):
    assert os.path.isfile(os.path.join(model_dir, "weights.bin"))
    return importlib.import_module("lib.${folder}").WORD

def predict_fn(data, model):
    return model
`,
  )
  return {
    entryPoint: 'inference.py',
    sourceDir: `./${folder}`,
    dependencies: [`./${folder}.py`],
  }
}

async function place() {
  const account = process.env['AWS_ACCESS_KEY_ID'] ?? ''
  const bucket = `sagemaker-us-east-1-${account}`
  await quick.aws.s3.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: Error) => {
    if (!/BucketAlready/.test(error.name)) throw error
  })
  return { account, bucket }
}

async function deploy(given: Deploy): Promise<DeploymentState> {
  const { deployment } = await loadDeploy({ path: await write(given) })
  const change = await quick.client.deploy(deployment)
  return within(change.result(), `the deployment of ${given.word}`, 120)
}

function ask(endpointName: string): SteadyRequests {
  steady = steadyRequests({
    endpoint: quick.platform.env['AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME'] ?? '',
    ...{ endpointName, credentials: credentialsOf(quick.platform.env) },
    body: '{"inputs": "x"}',
    read: (body) => JSON.parse(body) as string,
  })
  return steady
}

const answered = (word: string, atLeast: number) =>
  waitFor(() => (steady?.answers.get(word) ?? 0) >= atLeast, {
    what: `${atLeast} answers "${word}"`,
    deadline: 30,
  })

/** Everything of an endpoint that the service knows. */
async function remains(endpoint: string) {
  const [configs, models, endpoints] = await Promise.all([
    quick.aws.sagemaker.send(new ListEndpointConfigsCommand({ MaxResults: 100 })),
    quick.aws.sagemaker.send(new ListModelsCommand({ MaxResults: 100 })),
    quick.aws.sagemaker.send(new ListEndpointsCommand({ MaxResults: 100 })),
  ])
  const ours = (names: (string | undefined)[] = []) =>
    names.filter((name = '') => name.startsWith(`${endpoint}-`) || name === endpoint).sort()
  return {
    configs: ours(configs.EndpointConfigs?.map((each) => each.EndpointConfigName)),
    models: ours(models.Models?.map((each) => each.ModelName)),
    endpoints: ours(endpoints.Endpoints?.map((each) => each.EndpointName)),
  }
}

const probe = (expect: string) => ({
  payload: '{"inputs": "x"}',
  expect,
  // Far above a busy machine's answer, and below the slow one's only by what that sleeps.
  maxLatencyMs: 900,
})

test('a probe that fails, a canary that degrades: the old version serves on, and no client call fails', async () => {
  const first = await deploy({
    endpoint: 'steady',
    word: 'first',
    rollout: { probe: probe('first') },
  })
  expect(first).toMatchObject({ outcome: 'deployed', error: null })
  const before = await remains('steady')
  expect(before).toMatchObject({ endpoints: ['steady'] })
  expect([before.configs.length, before.models.length]).toEqual([1, 1])
  const asked = ask('steady')
  await answered('first', 5)

  const wrong = await deploy({
    endpoint: 'steady',
    word: 'wrong',
    rollout: { probe: probe('right') },
  })
  expect(wrong).toMatchObject({
    outcome: 'rolled back',
    error: {
      code: 'E_DEPLOY_ROLLED_BACK',
      message: expect.stringContaining('does not contain "right"') as string,
    },
  })
  expect({ words: [...asked.answers.keys()], failures: asked.failures }).toEqual({
    words: ['first'],
    failures: [],
  })
  expect(await remains('steady')).toEqual(before)

  const slow = await deploy({
    endpoint: 'steady',
    word: 'slow',
    slowAfter: 12,
    rollout: { probe: probe('slow'), canary: { percent: 30, bake: '60s' } },
  })
  expect(slow).toMatchObject({
    outcome: 'rolled back',
    error: { message: expect.stringContaining('the probe took') as string },
  })
  expect(asked.answers.get('slow')).toBeGreaterThan(0)
  expect(asked.failures).toEqual([])
  expect(await remains('steady')).toEqual(before)
})

test('a version that does takes over, rollback is one command, and undeploy leaves nothing', async () => {
  const { deployment } = await loadDeploy({ path: await write({ endpoint: 'usual', word: 'one' }) })
  const change = await quick.client.deploy(deployment)
  const one = await within(change.result(), 'the first deployment', 120)
  expect(one.outcome).toBe('deployed')
  const file = await write({
    endpoint: 'usual',
    word: 'two',
    rollout: { probe: probe('two'), canary: { percent: 50, bake: '2s' }, ttl: '8h' },
  })
  const asked = ask('usual')
  await answered('one', 3)
  const deployed = await quick.cli(['deploy', file, '--yes'])
  expect({ code: deployed.code, stdout: deployed.stdout }).toEqual({ code: 0, stdout: 'usual\n' })
  await answered('two', 5)
  // Again: nothing to do, and nothing made.
  const both = await remains('usual')
  expect([both.configs.length, both.models.length]).toEqual([2, 2])
  expect((await quick.cli(['deploy', file, '--yes'])).stderr).toContain('already')
  expect(await remains('usual')).toEqual(both)
  const listed = await quick.cli(['endpoints', '--json'])
  expect(JSON.parse(listed.stdout)).toContainEqual(
    expect.objectContaining({
      endpointName: 'usual',
      status: 'InService',
      previous: one.configName,
      expiresAt: expect.any(String) as string,
    }),
  )

  const back = await quick.cli(['rollback', 'usual'])
  expect({ code: back.code, stderr: back.stderr }).toMatchObject({ code: 0 })
  const { EndpointConfigName } = await quick.aws.sagemaker.send(
    new DescribeEndpointCommand({ EndpointName: 'usual' }),
  )
  expect(EndpointConfigName).toBe(one.configName)
  const known = asked.answers.get('one') ?? 0
  await answered('one', known + 5)
  expect(asked.failures).toEqual([])
  await asked.stop()

  // A bad canary is ended by the same command.
  const broken = await loadDeploy({
    path: await write({
      endpoint: 'usual',
      word: 'three',
      rollout: { canary: { percent: 50, bake: '10m' } },
    }),
  })
  const bad = await quick.client.deploy(broken.deployment)
  await waitFor(async () => (await bad.status()).phase.startsWith('canary'), {
    what: 'the canary',
    deadline: 60,
  })
  const busy = await quick.cli(['undeploy', 'usual', '--yes'])
  expect({ code: busy.code, stderr: busy.stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('holdfast rollback usual') as string,
  })
  const ended = await quick.cli(['rollback', 'usual'])
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(
      /that is ended[^]*usual serves what it served before\./,
    ) as string,
  })
  expect(
    await quick.aws.sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'usual' })),
  ).toMatchObject({
    EndpointStatus: 'InService',
    EndpointConfigName: one.configName,
  })

  expect((await quick.cli(['undeploy', 'usual', '--yes'])).code).toBe(0)
  expect(await remains('usual')).toEqual({ configs: [], models: [], endpoints: [] })
  // Each change tells of its own end, whatever came after it.
  expect(await change.result()).toEqual(one)
  expect(await bad.status()).toMatchObject({ change: 'deploy', outcome: 'rolled back' })
  const none = await quick.cli(['rollback', 'usual'])
  expect(none).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /error: there is no endpoint usual\n +fix: .*\n +code: +E_NO_PREVIOUS_VERSION/,
    ) as string,
  })
})

test('a script of the user’s own is packed and served, and only another one is another version', async () => {
  const given = { endpoint: 'scripted', word: 'packed', packed: true }
  const first = await deploy({ ...given, rollout: { probe: probe('packed') } })
  expect(first).toMatchObject({ outcome: 'deployed', error: null })
  expect((await deploy(given)).outcome).toBe('unchanged')
  const other = await deploy({ ...given, word: 'repacked', rollout: { probe: probe('repacked') } })
  expect(other).toMatchObject({ outcome: 'deployed', previous: first.configName })
  ask('scripted')
  await answered('repacked', 3)
})

test('worker and sagemaker-local, killed with -9 at every point of a deployment: one version, and it converges', async () => {
  await deploy({ endpoint: 'killed', word: 'before' })
  const points = [
    ...['CreateModel', 'CreateEndpointConfig', 'UpdateEndpoint'],
    ...['UpdateEndpointWeightsAndCapacities', 'AddTags', 'DeleteEndpointConfig'],
  ]
  quick.scenario(points.map((operation) => ({ operation, do: 'crash' })))
  const { deployment } = await loadDeploy({
    path: await write({
      endpoint: 'killed',
      word: 'after',
      packed: true,
      rollout: {
        probe: { payload: '{"inputs": "x"}', expect: 'after' },
        canary: { percent: 50, bake: '2s' },
      },
    }),
  })
  const change = await quick.client.deploy(deployment)
  const ended = change.result()
  const phases = new Set<string>()
  let crashes = 0
  let isOver = false
  void ended.then(() => (isOver = true))
  while (!isOver) {
    if (!isRunning(quick.platform.services.sagemaker.pid)) {
      crashes += 1
      await quick.platform.start('sagemaker')
    }
    const { phase } = await change.status()
    if (!phases.has(phase)) {
      phases.add(phase)
      await killed('worker')
    }
    await sleep(100)
  }
  const state = await within(ended, 'the deployment', 240)
  expect(state).toMatchObject({ outcome: 'deployed', error: null })
  expect(crashes).toBe(points.length)
  expect(phases).toContain('pack the script')
  expect(phases.size).toBeGreaterThanOrEqual(4)
  const left = await remains('killed')
  expect(left.configs).toHaveLength(2)
  expect(left.models).toEqual(left.configs)
  expect(left.configs).toEqual(expect.arrayContaining([state.configName, state.previous]))
})

async function killed(service: ServiceName): Promise<void> {
  await quick.platform.kill(service)
  await quick.platform.start(service)
}
