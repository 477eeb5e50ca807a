import type { CreateTrainingJobRequest } from '@aws-sdk/client-sagemaker'
import { firstTrialOf, planSweep, widestTrialOf } from '../../../src/plan/plan-sweep'
import { propose } from '../../../src/sweep/propose'
import { aSweep } from '../client/a-sweep'

const env = { AWS_REGION: 'eu-west-1', SAGEMAKER_ROLE_ARN: 'arn:aws:iam::111122223333:role/x' }

test('a plan shows the space, its size, and the very trials that will run', () => {
  const sweep = aSweep()
  const plan = planSweep({ sweep, env })
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
  expect(planSweep({ sweep, env })).toMatchObject({
    size: 2,
    mostTrials: 2,
    proposals: [{ train_batch_size: 16 }, { train_batch_size: 32 }],
  })
})

test("what the service would refuse of a trial is the plan's fault", () => {
  const distribution = { kind: 'constant', value: 'x'.repeat(3_000) } as const
  const sweep = aSweep({ parameters: [{ name: 'prompt', distribution }] })
  const { faults } = planSweep({ sweep, env })
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

test('the calls are those of the first trial, and end with its job', () => {
  const { calls, proposals } = planSweep({ sweep: aSweep(), env })
  const jobs = calls.filter(({ service }) => service === 'sagemaker')
  expect(jobs.map(({ op }) => op)).toEqual(['CreateTrainingJob'])
  const { HyperParameters, OutputDataConfig } = jobs[0]?.params as CreateTrainingJobRequest
  expect(HyperParameters?.['learning_rate']).toBe(JSON.stringify(proposals[0]?.['learning_rate']))
  expect(OutputDataConfig?.S3OutputPath).toBe(
    's3://sagemaker-eu-west-1-<account>/holdfast/sweeps/reviews-lr-<run>/trials/trial-0001/attempts/1',
  )
  expect(calls.at(-1)?.params).toMatchObject({
    Key: 'holdfast/sweeps/reviews-lr-<run>/trials/trial-0001/trial.json',
  })
})
