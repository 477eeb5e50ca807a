import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { loadDeploy } from '../../../src/config/load-deploy'
import { parseAutoscalingTag, planRelease } from '../../../src/deploy/plan-release'
import { lookEvery } from '../../../src/deploy/rollout'
import { deployFaultsOf, hubDeploy } from './deploy-helpers'

const site = { account: '111122223333', region: 'us-east-1' }
const env = { SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/x' }

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'holdfast-rollout-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function written(text: string): string {
  const path = join(folder, 'deploy.yaml')
  writeFileSync(path, text)
  return path
}

const release = async (text: string) => {
  const { deployment } = await loadDeploy({ path: written(text), env: {} })
  return planRelease({ deployment, site, env })
}

const named = hubDeploy.replace('deploy:\n', 'deploy:\n  endpointName: reviews\n')
const serverless = named.replace(
  /  initialInstanceCount: 1\n.*\n/,
  '  serverlessInferenceConfig: {}\n',
)

test.each([
  [
    'a canary of a serverless endpoint',
    `${serverless}canary: { percent: 10, bake: 5m }\n`,
    'canary',
  ],
  ['alarms of a serverless endpoint', `${serverless}alarms: [errors]\n`, 'alarms'],
  [
    'a probe of an asynchronous endpoint',
    `${named}  asyncInferenceConfig: {}\nprobe: { payload: x }\n`,
    'probe',
  ],
  [
    'autoscaling that begins outside of its range',
    `${named}autoscaling: { min: 2, max: 4, invocationsPerInstance: 100 }\n`,
    'deploy.initialInstanceCount',
  ],
  [
    'autoscaling from more to fewer',
    `${named}autoscaling: { min: 4, max: 2, invocationsPerInstance: 100 }\n`,
    'autoscaling.min',
  ],
  [
    'a published model beside one of the Hub',
    named.replace('model:\n', 'model:\n  published: reviews\n'),
    'model.env.HF_MODEL_ID',
  ],
  ['a life shorter than metrics are late', `${named}idleAfter: 5m\n`, 'idleAfter'],
  ['a life longer than metrics are kept', `${named}idleAfter: 90d\n`, 'idleAfter'],
  [
    'an idle limit of inference components',
    `${named}  endpointType: INFERENCE_COMPONENT_BASED\nidleAfter: 6h\n`,
    'idleAfter',
  ],
  ['a version of nothing', named.replace('model:\n', 'model:\n  version: 3\n'), 'model.version'],
])('%s is refused before anything is paid for', async (_, text, at) => {
  const faults = await deployFaultsOf(written(text))
  expect(faults.map(({ path }) => path)).toContain(at)
})

test('a bare number where a duration belongs is told which unit is meant', async () => {
  const text = `${named}ttl: 8
canary: { percent: 10, bake: 300 }
autoscaling: { min: 1, max: 2, invocationsPerInstance: 9, scaleInCooldown: 60, scaleOutCooldown: 61 }
`
  const faults = await deployFaultsOf(written(text))
  expect(faults.map(({ path, hint }) => `${path} ${hint}`)).toEqual([
    'ttl write "8s" if seconds are meant',
    'canary.bake write "300s" if seconds are meant',
    'autoscaling.scaleInCooldown write "60s" if seconds are meant',
    'autoscaling.scaleOutCooldown write "61s" if seconds are meant',
  ])
})

test('what is deployed has names of its content: the same again, and others for anything else', async () => {
  const one = await release(named)
  expect(one).toMatchObject({
    endpointName: 'reviews',
    name: `reviews-${one.version}`,
    model: { ModelName: one.name },
    config: {
      EndpointConfigName: one.name,
      ProductionVariants: [{ ModelName: one.name, VariantName: one.variantName }],
    },
  })
  expect((await release(named)).name).toBe(one.name)
  // How long it lives is no other version.
  const living = await release(`${named}ttl: 8h\nidleAfter: 2h\n`)
  expect(living.name).toBe(one.name)
  expect(living.rollout).toEqual({ ttlSeconds: 28_800, idleSeconds: 7_200 })
  expect((await release(named.replace('gpt2', 'gpt3'))).name).not.toBe(one.name)
  expect((await release(named.replace('m5.xlarge', 'm5.2xlarge'))).name).not.toBe(one.name)
})

test('long names of endpoints leave room for the version', async () => {
  const { name, endpointName } = await release(named.replace('reviews', 'r'.repeat(63)))
  expect(endpointName).toHaveLength(63)
  expect(name).toHaveLength(63)
})

test('an endpoint without a name is refused, as nothing would find it again', async () => {
  await expect(release(hubDeploy)).rejects.toMatchObject({ code: 'E_NO_ENDPOINT_NAME' })
})

test('how an endpoint scales is read back from the tag of its configuration', async () => {
  const { config } = await release(
    `${named}autoscaling: { min: 1, max: 4, invocationsPerInstance: 100, scaleOutCooldown: 1m }\n`,
  )
  const tag = config.Tags?.find(({ Key }) => Key === 'holdfast:autoscaling')?.Value
  expect(parseAutoscalingTag(tag)).toEqual({
    ...{ min: 1, max: 4, invocationsPerInstance: 100 },
    ...{ scaleInCooldown: 300, scaleOutCooldown: 60 },
  })
  expect(parseAutoscalingTag('1/2')).toBeNull()
  expect(parseAutoscalingTag(undefined)).toBeNull()
})

test.each([
  [2, 1],
  [600, 20],
  [86_400, 60],
])('a canary of %i s is looked at every %i s', (bake, every) => {
  expect(lookEvery(bake)).toBe(every)
})
