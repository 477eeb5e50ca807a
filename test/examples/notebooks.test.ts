/** The seed's code blocks and the notebooks that it lists: is what we would send what the SDK sends? */

import { readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { checkCase } from '../../conformance/check-case'
import { differences } from '../../conformance/compare'
import { kinds } from '../../conformance/kinds'
import { readCases, readExpected } from '../../conformance/read-cases'
import { requestsOf } from '../../examples/notebooks/endpoint'
import { deploySchema, type DeployInput } from '../../src/config/deploy-schema'
import { loadDeploy } from '../../src/config/load-deploy'
import { loadPipeline, parsePipeline, type LoadedPipeline } from '../../src/config/load-pipeline'
import type { PipelineInput } from '../../src/config/pipeline-schema'
import { resolveDeploy } from '../../src/config/resolve-deploy'
import type { ResolvedPipeline } from '../../src/config/resolved-pipeline'
import { readScriptFlags } from '../../src/init/read-script-flags'
import { checkScript } from '../../src/init/script-checks'
import { packageRoot } from '../../src/package-root'
import { planPipeline, type Plan } from '../../src/plan'

// The examples import the package by its name: here that is its sources, not what was built of them.
jest.mock('holdfast', () => jest.requireActual<object>('../../src/index'))

const recorded = join(packageRoot(), 'conformance', 'recorded', 'notebooks')
const examples = join(packageRoot(), 'examples')
const role = 'arn:aws:iam::111122223333:role/sagemaker_execution_role'
const env = { AWS_REGION: 'us-east-1', SAGEMAKER_ROLE_ARN: role }
const session = { region: 'us-east-1', account: '111122223333' }

/** What Holdfast adds to the SDK's request, and nothing else. */
const additions: [path: string, reason: string][] = [
  [
    'TrainingJobName',
    'the name is made of the run, so that a second try cannot start a second job',
  ],
  ['HyperParameters.sagemaker_job_name', 'the same name'],
  ['HyperParameters.sagemaker_submit_directory', 'the code lies with the run, by its hash'],
  ['OutputDataConfig.S3OutputPath', 'each attempt of a run has a place of its own'],
  ['DebugHookConfig.S3OutputPath', 'follows the output path, as in the SDK'],
  ['ProfilerConfig.S3OutputPath', 'follows the output path, as in the SDK'],
  ['CheckpointConfig.S3Uri', "below the user's prefix, so that no two runs share checkpoints"],
  ['Tags', 'whose run it is, and that Holdfast manages it'],
]

const pipelines = [
  ...readdirSync(join(examples, 'notebooks'))
    .filter((name) => /^0\d-/.test(name))
    .map((name) => [name, join(examples, 'notebooks', name, 'pipeline')] as const),
  ...readdirSync(join(examples, 'post'))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.replace('.yaml', ''))
    .map((name) => [`post-${name}`, join(examples, 'post', name)] as const),
]
const deployments = ['10-deploy-from-s3', '11-deploy-from-hub']

/** Node 20 runs no TypeScript, so the default export is judged as JSON, which is YAML too. */
async function loadTypeScript(stem: string): Promise<LoadedPipeline> {
  const { default: config } = (await import(`${stem}.ts`)) as { default: PipelineInput }
  return parsePipeline({
    text: JSON.stringify(config),
    file: `${stem}.ts`,
    baseDir: dirname(stem),
    env,
  })
}

const planOf = (pipeline: ResolvedPipeline): Plan => planPipeline({ pipeline, session, env })

/** `path: expected …, got …` of the one CreateTrainingJob; paths without the operation's name. */
async function differencesOf(name: string, plan: Plan): Promise<string[]> {
  const { calls = [] } = await readExpected(recorded, name)
  const trains = ({ op }: { op: string }) => op === 'CreateTrainingJob'
  const found = differences({ expected: calls.filter(trains), ours: plan.calls.filter(trains) })
  return found.map((text) => text.replace(/^CreateTrainingJob\./, ''))
}

const pathOf = (difference: string): string => difference.split(': expected ')[0] ?? ''

/** The additions that there can be: to what the SDK sends too, and the tags. */
async function expectedPaths(name: string): Promise<string[]> {
  const { calls = [] } = await readExpected(recorded, name)
  const sent = calls.find(({ op }) => op === 'CreateTrainingJob')?.params ?? {}
  const isSent = (path: string) =>
    path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], sent)
  return additions.map(([path]) => path).filter((path) => path === 'Tags' || isSent(path))
}

test('every example has a recorded request of the SDK, and every recorded request an example', async () => {
  const cases = await readCases(recorded)
  expect([...pipelines.map(([name]) => name), ...deployments].sort()).toEqual(
    cases.map(({ name }) => name).sort(),
  )
})

test("the estimator alone makes each of the SDK's requests to the letter", async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'holdfast-notebooks-'))
  try {
    const cases = await readCases(recorded)
    const verdicts = await Promise.all(
      cases.map((one) => checkCase({ one, folder: recorded, kinds, scratch })),
    )
    expect(verdicts).toEqual(cases.map(({ name }) => ({ name, differences: [] })))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
})

describe.each(pipelines)('%s', (name, stem) => {
  let loaded: LoadedPipeline
  beforeAll(async () => {
    loaded = await loadPipeline({ path: `${stem}.yaml`, env })
  })

  test('is the same pipeline in YAML and in TypeScript', async () => {
    expect(await loadTypeScript(stem)).toEqual(loaded)
  })

  test('plans one job, which differs from the SDK’s only by what Holdfast adds', async () => {
    const plan = planOf(loaded.pipeline)
    expect(plan.faults).toEqual([])
    const found = await differencesOf(name, plan)
    expect(found.map(pathOf).sort()).toEqual((await expectedPaths(name)).sort())
  })

  test('sends the files that the SDK sends', async () => {
    const { sourceDir, entryPoint, gitConfig } = loaded.pipeline.train
    const { calls = [] } = await readExpected(recorded, name)
    const upload = calls.find(({ op }) => op === 'PutObject')?.params
    const sent = gitConfig ? [entryPoint] : readdirSync(sourceDir)
    expect(upload?.['Body']).toEqual({ $tar: sent })
  })
})

const withOwnScript = pipelines.filter(
  ([, stem]) =>
    // One in a repository is not here to be read.
    !readFileSync(`${stem}.yaml`, 'utf8').includes('gitConfig:'),
)
test.each(withOwnScript)('the script of %s knows every flag that it is sent', async (_, stem) => {
  const { pipeline } = await loadPipeline({ path: `${stem}.yaml`, env })
  const { sourceDir, entryPoint } = pipeline.train
  const script = await readScriptFlags({ path: join(sourceDir, entryPoint), env: process.env })
  expect(checkScript({ pipeline, script })).toEqual([])
})

test('checkpoints lie below the place that the notebook names', async () => {
  const stem = join(examples, 'notebooks', '05-spot-instances', 'pipeline')
  const { pipeline } = await loadPipeline({ path: `${stem}.yaml`, env })
  const found = await differencesOf('05-spot-instances', planOf(pipeline))
  const place = 's3://sagemaker-us-east-1-111122223333/emotion-checkpointing/checkpoints'
  expect(found).toContainEqual(
    expect.stringMatching(
      `^CheckpointConfig.S3Uri: expected "${place}", got "${place}/<run>-<id>"$`,
    ),
  )
})

test('what the model parallel library is told is the same JSON', async () => {
  const { calls = [] } = await readExpected(recorded, 'post-model-parallel')
  const { pipeline } = await loadPipeline({ path: join(examples, 'post/model-parallel.yaml'), env })
  const [theirs, ours] = [calls, planOf(pipeline).calls].map((all) => {
    const job = all.find(({ op }) => op === 'CreateTrainingJob')?.params as {
      HyperParameters: Record<string, string>
    }
    return JSON.parse(job.HyperParameters['mp_parameters'] ?? '') as object
  })
  expect(ours).toEqual(theirs)
})

test.each([
  ['epochs: 1', 'epochs: 2', 'HyperParameters.epochs: expected "1", got "2"'],
  ['epochs: 1', 'epochs: 1.0', 'HyperParameters.epochs: expected "1", got "1.0"'],
  ['train_batch_size: 32', "train_batch_size: '32'", 'HyperParameters.train_batch_size: expected'],
  ['ml.p3.2xlarge', 'ml.g5.2xlarge', 'ResourceConfig.InstanceType: expected "ml.p3.2xlarge"'],
  ['imdb/test', 'imdb/train', 'datasets/imdb/test", got'],
])('%s changed to %s is a difference', async (from, to, difference) => {
  const name = '01-getting-started-pytorch'
  const file = join(examples, 'notebooks', name, 'pipeline.yaml')
  const text = readFileSync(file, 'utf8')
  expect(text).toContain(from)
  const changed = text.replace(from, to)
  const { pipeline } = parsePipeline({ text: changed, file, baseDir: dirname(file), env })
  const found = await differencesOf(name, planOf(pipeline))
  expect(found).toContainEqual(expect.stringContaining(difference))
})

test.each(deployments)(
  '%s makes the three requests of the SDK, in YAML and in TypeScript',
  async (name) => {
    const stem = join(examples, 'notebooks', name, 'deploy')
    const { default: input } = (await import(`${stem}.ts`)) as { default: DeployInput }
    const config = deploySchema.parse(input)
    const deployment = resolveDeploy({ config, base: { baseDir: dirname(stem), env } })
    expect(await loadDeploy({ path: `${stem}.yaml`, env })).toEqual({ deployment, warnings: [] })
    const now = new Date('2026-01-02T03:04:05.678Z')
    const ours = requestsOf({ deployment, role, region: 'us-east-1', now })
    const { calls: expected = [] } = await readExpected(recorded, name)
    expect(differences({ expected, ours })).toEqual([])
    expect(ours.map(({ op }) => op)).toEqual([
      'CreateModel',
      'CreateEndpointConfig',
      'CreateEndpoint',
    ])
  },
)
