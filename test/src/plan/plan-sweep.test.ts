import { firstTrialOf, planSweep, widestTrialOf } from '../../../src/plan/plan-sweep'
import { sweepCeiling } from '../../../src/plan/sweep-ceiling'
import { propose } from '../../../src/sweep/propose'
import { aSweep } from '../client/a-sweep'
import { pipeline } from './pipeline'

const env = { AWS_REGION: 'eu-west-1', SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/x' }

const priced = { 'ml.g5.xlarge': 1.5, 'ml.g5.2xlarge': 2 }

test('at most, every trial takes all of maxRun once; with retries, three times on every placement', () => {
  // 6 trials of one hour; the best is evaluated for one more on the same type.
  expect(sweepCeiling({ sweep: aSweep(), prices: {} })).toEqual({
    once: { instanceHours: { 'ml.g5.xlarge': 7 }, usd: null },
    most: { instanceHours: { 'ml.g5.xlarge': 19, 'ml.g5.2xlarge': 18 }, usd: null },
    price: 'unknown: no price list is configured',
  })
})

test('dollars are said when every type has a price', () => {
  const { once, most, price } = sweepCeiling({ sweep: aSweep(), prices: priced })
  expect([once.usd, most.usd, price]).toEqual([10.5, 64.5, 'as given in sweep.yaml'])
})

test('a sum without one of its prices is not said, and the type is named', () => {
  const { once, most, price } = sweepCeiling({ sweep: aSweep(), prices: { 'ml.g5.xlarge': 1.5 } })
  expect(once.usd).toBe(10.5)
  expect(most.usd).toBeNull()
  expect(price).toBe('unknown: sweep.yaml gives no price of ml.g5.2xlarge')
})

test('every instance of a trial counts', () => {
  const sweep = aSweep({
    pipeline: { ...pipeline, train: { ...pipeline.train, instanceCount: 4 } },
    publishBest: false,
  })
  expect(sweepCeiling({ sweep, prices: {} }).once.instanceHours).toEqual({ 'ml.g5.xlarge': 24 })
})

test('the instances of a heterogeneous cluster are counted by their groups', () => {
  const instanceGroups = [
    { instanceGroupName: 'a', instanceType: 'ml.p4d.24xlarge', instanceCount: 2 },
    { instanceGroupName: 'b', instanceType: 'ml.c5.xlarge', instanceCount: 1 },
  ]
  const train = { ...pipeline.train, estimator: { instanceGroups } }
  const sweep = aSweep({ pipeline: { ...pipeline, train }, publishBest: false, runCap: 2 })
  expect(sweepCeiling({ sweep, prices: {} }).once.instanceHours).toEqual({
    'ml.p4d.24xlarge': 4,
    'ml.c5.xlarge': 2,
  })
})

test('a plan shows the space, its size, and the very trials that will run', () => {
  const sweep = aSweep()
  const plan = planSweep({ sweep, prices: {}, env })
  expect(plan).toMatchObject({
    sweep: 'reviews-lr',
    size: null,
    trials: 6,
    mostTrials: 10_000,
    publishes: 'reviews',
    faults: [],
    space: [
      { name: 'learning_rate', text: 'log-uniform from 1e-5 to 0.001' },
      { name: 'train_batch_size', text: 'one of 16, 32' },
    ],
  })
  expect(plan.proposals).toEqual([1, 2, 3].map((number) => propose({ ...sweep, number })))
})

test('a grid has a size, and a plan shows no more trials than there are', () => {
  const [, batch] = aSweep().parameters
  const sweep = aSweep({ method: 'grid', parameters: batch ? [batch] : [], runCap: 2 })
  expect(planSweep({ sweep, prices: {}, env })).toMatchObject({
    size: 2,
    mostTrials: 2,
    proposals: [{ train_batch_size: 16 }, { train_batch_size: 32 }],
  })
})

test("what the service would refuse of a trial is the plan's fault", () => {
  const distribution = { kind: 'constant', value: 'x'.repeat(3_000) } as const
  const sweep = aSweep({ parameters: [{ name: 'prompt', distribution }] })
  const { faults } = planSweep({ sweep, prices: {}, env })
  expect(faults.map(({ code }) => code)).toEqual(['E_LIMIT'])
})

test("a trial has the pipeline's hyperparameters and its own", () => {
  const { hyperparameters } = firstTrialOf(aSweep()).train
  expect(Object.keys(hyperparameters).sort()).toEqual([
    'epochs',
    'learning_rate',
    'train_batch_size',
  ])
  expect(hyperparameters['epochs']).toBe(1)
})

test('the script is checked for parameters that only later trials have', () => {
  const sweep = aSweep({
    method: 'grid',
    parameters: [
      { name: 'optimizer', distribution: { kind: 'categorical', values: ['adam', 'sgd'] } },
      {
        name: 'momentum',
        distribution: { kind: 'categorical', values: [0.9] },
        when: { optimizer: ['sgd'] },
      },
    ],
  })
  expect(firstTrialOf(sweep).train.hyperparameters).not.toHaveProperty('momentum')
  expect(widestTrialOf(sweep).train.hyperparameters).toMatchObject({
    optimizer: 'adam',
    momentum: 0.9,
  })
})
