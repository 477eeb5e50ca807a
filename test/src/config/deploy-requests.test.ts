/** Whatever a deployment that is accepted plans, the service model accepts. */

import fc from 'fast-check'
import { checkDeploy } from '../../../src/config/check-deploy'
import { deploySchema } from '../../../src/config/deploy-schema'
import { deployJsonSchema } from '../../../src/config/json-schema'
import { rawConfig } from '../../../src/config/raw'
import { resolveDeploy } from '../../../src/config/resolve-deploy'
import { HoldfastError } from '../../../src/errors'
import type { AwsCall } from '../../../src/estimator/aws-call'
import type { Json } from '../../../src/local/sagemaker/json'
import { validateInput } from '../../../src/local/sagemaker/validate'
import { planDeploy } from '../../../src/plan/plan-deploy'
import { keysIn, schemaKeys } from '../../schema-keys'
import type { KeySchema } from '../../schema-keys'
import { valueOf } from './values-of-schema'

const accepted = 500
const leastHits = 3
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const schema = deployJsonSchema() as KeySchema
const hits = new Map(schemaKeys(schema).map((key) => [key, 0]))

type Config = Record<string, Record<string, unknown>>

/** Some of the keys that were seen least so far, for a config to have. */
function rarest(generate: fc.GeneratorValue): string[] {
  const keys = [...hits].sort(([, one], [, other]) => one - other).slice(0, 20)
  return [0, 1].map(() => keys[generate(fc.nat, { max: keys.length - 1 })]?.[0] ?? '')
}

/** Mends what two random keys rarely say in agreement. */
function consistent({ model = {}, deploy = {}, ...config }: Config): Config {
  if (typeof model['modelData'] === 'string') model['modelData'] = 's3://models/model.tar.gz'
  if (model['entryPoint'] !== undefined) model['modelData'] = 's3://models/model.tar.gz'
  if (model['published'] !== undefined && model['entryPoint'] === undefined) {
    delete model['modelData']
    if (typeof model['env'] === 'object' && model['env'] !== null)
      delete (model['env'] as Record<string, unknown>)['HF_MODEL_ID']
  } else {
    for (const key of ['published', 'version', 'storage']) delete model[key]
    model['modelData'] ??= 's3://models/model.tar.gz'
  }
  if (deploy['acceleratorType'] === undefined && model['imageUri'] === undefined) {
    delete model['tensorflowVersion']
    const versions = { transformersVersion: '4.26', pytorchVersion: '1.13', pyVersion: 'py39' }
    Object.assign(model, versions)
  } else model['imageUri'] ??= '111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1'
  if ('serverlessInferenceConfig' in deploy) {
    const other = ['instanceType', 'initialInstanceCount', 'volumeSize', 'routingConfig']
    const times = ['modelDataDownloadTimeout', 'containerStartupHealthCheckTimeout']
    for (const key of [...other, ...times, 'acceleratorType']) delete deploy[key]
  } else {
    deploy['instanceType'] ??= 'ml.m5.xlarge'
    deploy['initialInstanceCount'] ??= 1
  }
  const components = ['resources', 'managedInstanceScaling', 'inferenceComponentName']
  if (components.some((key) => key in deploy)) deploy['endpointType'] = 'INFERENCE_COMPONENT_BASED'
  if (deploy['endpointType'] === 'INFERENCE_COMPONENT_BASED') {
    deploy['resources'] ??= { requests: { memory: 1024 } }
    deploy['endpointName'] ??= 'shared'
  }
  return { ...agreeing({ rollout: config, deploy }), model, deploy }
}

/** What takes over, as far as this kind of endpoint has it. */
function agreeing({ rollout, deploy }: { rollout: Config; deploy: Config[string] }): Config {
  const { probe, canary, alarms, autoscaling, ...others } = rollout
  if (deploy['endpointType'] === 'INFERENCE_COMPONENT_BASED') {
    delete others['ttl']
    delete others['idleAfter']
    return others
  }
  const always = { ...others, ...(probe && { probe }) }
  if ('serverlessInferenceConfig' in deploy) return always
  const count = Number(deploy['initialInstanceCount'])
  const scaled = autoscaling && { autoscaling: { ...autoscaling, min: count, max: count + 1 } }
  const shared = { ...others, ...(alarms && { alarms }), ...scaled }
  if ('asyncInferenceConfig' in deploy) return shared
  return { ...shared, ...(probe && { probe }), ...(canary && { canary }) }
}

/** Of the real form and length. */
function decided({ params }: AwsCall): Json {
  return JSON.parse(JSON.stringify(params).replaceAll('<account>', '111122223333')) as Json
}

test(`${accepted} random deployments that are accepted plan requests that the service model accepts (SEED=${seed})`, () => {
  const property = fc.property(fc.gen(), (generate) => {
    const written = valueOf({
      generate,
      schema: deploySchema,
      path: '',
      wanted: rarest(generate),
      share: generate(fc.constantFrom<number[]>, 2, 5, 10),
    })
    const config = consistent(written as Config)
    const parsed = deploySchema.safeParse(config)
    fc.pre(parsed.success && checkDeploy(rawConfig(config)).length === 0)
    if (!parsed.success) return
    const deployment = resolveDeploy({ config: parsed.data, base: { baseDir: '/', env: {} } })
    for (const call of callsOf(deployment)) {
      validateInput({ service: 'sagemaker', operation: call.op, input: decided(call) })
    }
    for (const key of new Set(keysIn(config, schema))) hits.set(key, (hits.get(key) ?? 0) + 1)
  })
  fc.assert(property, { numRuns: accepted, seed, maxSkipsPerRun: 20, endOnFailure: true })
}, 120_000)

function callsOf(deployment: Parameters<typeof planDeploy>[0]['deployment']): AwsCall[] {
  try {
    const { calls, faults } = planDeploy({
      deployment,
      stamps: { stamp: '2026-01-02-03-04-05-678', unique: '1767323045-0a1b' },
      env: { AWS_REGION: 'us-east-1', SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/x' },
    })
    fc.pre(faults.length === 0)
    return calls.filter(({ service }) => service === 'sagemaker')
  } catch (error) {
    // An instance type that no image of the versions runs on.
    if (error instanceof HoldfastError && error.code === 'E_NO_IMAGE') fc.pre(false)
    throw error
  }
}

test('every key of the schema was in at least 3 of them', () => {
  const rare = [...hits].filter(([, count]) => count < leastHits)
  expect(Object.fromEntries(rare)).toEqual({})
})
