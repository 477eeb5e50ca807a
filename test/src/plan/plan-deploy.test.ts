import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { differences } from '../../../conformance/compare'
import { readCases, readExpected } from '../../../conformance/read-cases'
import { plainArguments } from '../../../conformance/serving-arguments'
import { sessionOf, worldOf } from '../../../conformance/world'
import type { RecordedCase } from '../../../conformance/kind'
import { loadDeploy } from '../../../src/config/load-deploy'
import type { ResolvedDeployment } from '../../../src/config/resolve-deploy'
import { HoldfastError } from '../../../src/errors'
import { packageRoot } from '../../../src/package-root'
import type { DeployPlan } from '../../../src/plan/plan-deploy'
import { planDeploy } from '../../../src/plan/plan-deploy'
import type { Price } from '../../../src/prices/price'
import { thrownBy } from '../estimator/thrown-by'

const env = { AWS_REGION: 'eu-west-1', SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/x' }
const recorded = join(packageRoot(), 'conformance', 'recorded')
const shared = join(packageRoot(), '..', 'shared', 'oracle', 'estimator')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-deploy-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The plan of a recorded case, by way of a YAML file; or the code of what refuses it. */
async function planOf(one: RecordedCase): Promise<DeployPlan | string> {
  const path = join(folder, `${one.name}.yaml`)
  const config = { model: plainArguments(one['model']), deploy: plainArguments(one['deploy']) }
  writeFileSync(path, stringify(config))
  const world = worldOf(one, folder)
  const { stamp, unique } = world
  try {
    const { deployment } = await loadDeploy({ path, env: {} })
    return planDeploy({ deployment, session: sessionOf(world), stamps: { stamp, unique }, env: {} })
  } catch (error) {
    if (error instanceof HoldfastError) return error.code
    throw error
  }
}

/** What a plan says otherwise than the SDK's requests do, by case. */
async function differencesIn(cases: string): Promise<string[]> {
  const deployments = (await readCases(cases)).filter(({ kind }) => kind === 'deploy')
  expect(deployments.length).toBeGreaterThan(1)
  const found: string[] = []
  for (const one of deployments) {
    const { calls = [], error } = await readExpected(cases, one.name)
    const plan = await planOf(one)
    if (typeof plan === 'string') {
      if (!error) found.push(`${one.name}: refused with ${plan}`)
    } else if (error) found.push(`${one.name}: the SDK refuses it`)
    else
      found.push(
        ...differences({ expected: calls.map(withoutBody), ours: plan.calls }).map(
          (text) => `${one.name}: ${text}`,
        ),
      )
  }
  return found
}

/** A plan has no archive yet. */
function withoutBody<Call extends { params: object }>(call: Call): Call {
  const params = Object.entries(call.params).filter(([key]) => key !== 'Body')
  return { ...call, params: Object.fromEntries(params) }
}

test('a deployment in YAML plans what the SDK sends for each recorded one', async () => {
  expect(await differencesIn(join(recorded, 'serving'))).toEqual([
    // Its bucket is named by one letter, and S3 has none such.
    'deploy_unpacked_data: refused with E_CONFIG',
    // The SDK takes either case; the file has the API's own words.
    'deploy_routing_and_image: refused with E_CONFIG',
    // A script needs an archive to be packed into: the SDK sends its local path, where no container finds it.
    'deploy_hub_script: refused with E_CONFIG',
    'deploy_hub_script_no_source: refused with E_CONFIG',
    // deploy.yaml has no gitConfig.
    'deploy_git: refused with E_CONFIG',
    'deploy_git_no_source: refused with E_CONFIG',
    // Objects of the SDK are no words of a file.
    'deploy_component_enum: refused with E_CONFIG',
    'deploy_component_enum_dotted: refused with E_CONFIG',
  ])
})

const testIfShared = existsSync(shared) ? test : test.skip
testIfShared('and for each of the shared recording', async () => {
  expect(await differencesIn(shared)).toEqual([])
})

test.each(['10-deploy-from-s3', '11-deploy-from-hub'])(
  'examples/notebooks/%s plans what the notebook sends',
  async (name) => {
    const path = join(packageRoot(), 'examples', 'notebooks', name, 'deploy.yaml')
    const { deployment } = await loadDeploy({ path, env: {} })
    const role = 'arn:aws:iam::111122223333:role/sagemaker_execution_role'
    const plan = planDeploy({
      deployment,
      session: { region: 'us-east-1', account: '111122223333' },
      stamps: { stamp: '2026-01-02-03-04-05-678', unique: '1767323045-0a1b' },
      env: { SAGEMAKER_ROLE_ARN: role },
    })
    const { calls = [] } = await readExpected(join(recorded, 'notebooks'), name)
    expect(differences({ expected: calls, ours: plan.calls })).toEqual([])
    expect(plan).toMatchObject({ faults: [], warnings: [] })
  },
)

function aDeployment(changes: Partial<ResolvedDeployment> = {}): ResolvedDeployment {
  return {
    model: {
      modelData: 's3://models/model.tar.gz',
      transformersVersion: '4.26',
      pytorchVersion: '1.13',
      pyVersion: 'py39',
    },
    deploy: { initialInstanceCount: 2, instanceType: 'ml.m5.xlarge' },
    ...changes,
  }
}

test('what stands for the time of a deployment is readable, and names are cut where they will be', () => {
  const { model, deploy } = aDeployment()
  const imageUri = `111122223333.dkr.ecr.eu-west-1.amazonaws.com/${'serving-'.repeat(6)}x:1`
  const deployment = {
    model: { ...model, imageUri },
    deploy: { ...deploy, asyncInferenceConfig: {} },
  }
  const { calls } = planDeploy({ deployment, env })
  const name = `${'serving-'.repeat(6).slice(0, 39)}-<time>`
  expect(calls.map(({ params }) => params)).toMatchObject([
    { ModelName: name },
    {
      EndpointConfigName: name,
      AsyncInferenceConfig: {
        OutputConfig: {
          S3OutputPath: `s3://sagemaker-eu-west-1-<account>/async-endpoint-outputs/${name}-<unique>`,
        },
      },
    },
    { EndpointName: name, EndpointConfigName: name },
  ])
})

test('a model that is not packed is sent as it is written', () => {
  const { model } = aDeployment()
  const modelData = {
    S3DataSource: {
      S3Uri: 's3://models/unpacked/',
      S3DataType: 'S3Prefix',
      CompressionType: 'None',
    },
  } as const
  const { calls } = planDeploy({ deployment: aDeployment({ model: { ...model, modelData } }), env })
  expect(calls[0]?.params).toMatchObject({ PrimaryContainer: { ModelDataSource: modelData } })
})

test('with stamps of its own a plan has the very names', () => {
  const stamps = { stamp: '2026-01-02-03-04-05-678', unique: '1767323045-0a1b' }
  const { calls } = planDeploy({ deployment: aDeployment(), stamps, env })
  expect(calls[0]?.params).toMatchObject({
    ModelName: 'huggingface-pytorch-inference-2026-01-02-03-04-05-678',
  })
})

const price: Price = {
  instanceType: 'ml.m5.xlarge',
  use: 'hosting',
  region: 'eu-west-1',
  usdPerHour: 0.25,
  source: 'https://prices.example',
  readAt: '2026-11-24',
}

test('a month is 730 hours of every instance, with the source of its price', () => {
  const { price: month } = planDeploy({ deployment: aDeployment(), prices: [price], env })
  expect(month).toMatchObject({
    usd: 365,
    instances: { count: 2, hours: 1460 },
    price,
    missing: [],
  })
  expect(month.basis).toMatch(/^730 hours/)
})

test('the price of training says nothing about hosting', () => {
  const training: Price = { ...price, use: 'training' }
  const { price: month } = planDeploy({ deployment: aDeployment(), prices: [training], env })
  expect(month).toMatchObject({ usd: null, price: null, missing: ['ml.m5.xlarge (hosting)'] })
})

test('a serverless endpoint has the image for CPUs and no instances to pay for', () => {
  const deployment = aDeployment({ deploy: { serverlessInferenceConfig: {} } })
  const plan = planDeploy({ deployment, prices: [price], env })
  expect(plan.image).toContain('-cpu-')
  expect(plan.price).toMatchObject({ usd: null, instances: null })
})

test('versions without an inference image are refused, with the nearest pairs', () => {
  const { model } = aDeployment()
  const deployment = aDeployment({
    model: { ...model, transformersVersion: '4.56', pytorchVersion: '2.8', pyVersion: 'py312' },
  })
  const refused = thrownBy(() => planDeploy({ deployment, env }))
  expect(refused).toMatchObject({ code: 'E_NO_IMAGE' })
  expect(refused.hint).toContain('nearest pairs')
})

test('what is missing in the environment is said', () => {
  const { warnings, calls } = planDeploy({ deployment: aDeployment(), env: {} })
  expect(warnings).toEqual([
    expect.stringContaining('SAGEMAKER_ROLE_ARN'),
    'no AWS_REGION: planned for us-east-1',
  ])
  expect(calls[0]?.params).toMatchObject({
    ExecutionRoleArn: 'arn:aws:iam::<account>:role/<SAGEMAKER_ROLE_ARN>',
  })
})

test('a deployment made in code is judged as well', () => {
  const { deploy } = aDeployment()
  const deployment = aDeployment({ deploy: { ...deploy, endpointName: 'not_a_name' } })
  expect(planDeploy({ deployment, env }).faults).toMatchObject([{ field: 'endpointName' }])
})
