import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker'

import { planPipeline } from '../../../src/plan/plan-pipeline'
import { strangersIn } from '../../../src/regions/strangers-in'
import { pipeline as scripted } from '../../workflows/scripted-world'

const region = 'eu-west-1'
const home = { instanceType: 'ml.g5.xlarge', useSpotInstances: true }
const abroad = { ...home, region }
const session = { region: 'us-east-1', account: '111122223333' }
const versions = { transformersVersion: '4.56', pytorchVersion: '2.8', pyVersion: 'py312' }
const price = { use: null, instanceType: 'ml.g5.xlarge', source: 'test', readAt: '2026-11-28' }

function plan(train: object, env: Record<string, string> = {}) {
  const pipeline = { ...scripted, train: { ...scripted.train, ...versions, ...train } }
  return planPipeline({ pipeline, session, env: { SAGEMAKER_ROLE_ARN: 'mine', ...env } })
}

test('a first placement in another region is planned with its copies, and with a request of that region alone', () => {
  const { calls, faults } = plan({ placements: [abroad] })
  expect(faults).toEqual([])
  const bucket = 'sagemaker-eu-west-1-111122223333'
  const there = calls.filter(({ params }) => (params as { Bucket?: string }).Bucket === bucket)
  expect(there.map(({ op }) => op)).toEqual([
    'HeadBucket',
    'CopyObject',
    'PutObject',
    'CopyObject',
    'PutObject',
  ])
  const request = calls.find(({ op }) => op === 'CreateTrainingJob')
    ?.params as CreateTrainingJobRequest
  expect(strangersIn({ request, region, bucket })).toEqual([])
  expect(request.AlgorithmSpecification?.TrainingImage).toContain(`.ecr.${region}.`)
  // The evaluation reads what was copied back.
  const evaluation = calls.find(({ op }) => op === 'CreateProcessingJob')?.params ?? {}
  expect(JSON.stringify(evaluation)).not.toContain(region)
})

test('without a placement in another region nothing of it is planned or said', () => {
  const { calls, notes, placements } = plan({ placements: [home] })
  expect(JSON.stringify({ calls, notes, placements })).not.toMatch(
    /eu-west|HOLDFAST_REGIONS|copied/,
  )
})

test('a price counts where it is from: the most that a run can cost has those of both regions', () => {
  const prices = [
    { ...price, region: 'us-east-1', usdPerHour: 1 },
    { ...price, region, usdPerHour: 10 },
  ]
  const both = plan({ placements: [home, abroad], prices, maxRun: 3_600 })
  // Three tries on each, and an hour of evaluation at home.
  expect(both.price.most.usd).toBe(34)
  const [atHome] = prices
  const one = plan({ placements: [home, abroad], prices: [atHome], maxRun: 3_600 })
  expect(one.price).toMatchObject({ missing: ['ml.g5.xlarge (training, eu-west-1)'] })
  expect(one.price.most.usd).toBeNull()
})

test.each([
  ['the run’s own region', 'us-east-1', {}, 'E_REGION_HOME'],
  ['a region of another partition', 'cn-north-1', {}, 'E_REGION_PARTITION'],
  ['one that the workers do not watch', region, { HOLDFAST_REGIONS: '' }, 'E_REGION_NOT_WATCHED'],
])('%s is refused', (_, name, env, code) => {
  const { faults } = plan({ placements: [home, { ...home, region: name }] }, env)
  expect(faults.map((fault) => fault.code)).toContain(code)
})
