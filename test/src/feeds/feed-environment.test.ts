import { feedEnvironment } from '../../../src/feeds/feed-environment'
import { feedRunName } from '../../../src/feeds/run-name'
import { estimatorFor } from '../../../src/plan/pipeline-estimator'
import { pipeline } from '../plan/pipeline'

const runPrefix = 's3://b/holdfast/runs/reviews-7f3k2m-0a1b2c3d'

test('runs and trials have names of their own, which W&B takes', () => {
  const names = [
    runPrefix,
    's3://b/holdfast/sweeps/lr-0a1b2c3d/trials/0007',
    's3://b/holdfast/sweeps/lr-0a1b2c3d/trials/0008/',
  ].map(feedRunName)
  expect(names).toEqual([
    'reviews-7f3k2m-0a1b2c3d',
    'lr-0a1b2c3d-trials-0007',
    'lr-0a1b2c3d-trials-0008',
  ])
})

test('without feeds a job gets no variable; with them what the user wrote wins', () => {
  expect(feedEnvironment({ pipeline, runPrefix })).toEqual({})
  const [placement = { instanceType: '', useSpotInstances: false }] = pipeline.train.placements
  const built = (given: typeof pipeline) =>
    estimatorFor({ pipeline: given, placement, role: 'arn:aws:iam::1:role/r', runPrefix })
  expect(built(pipeline).environment).toBeUndefined()

  const fed = {
    ...pipeline,
    feeds: { wandb: { apiKey: 'env:WANDB_KEY' }, trackio: { spaceId: 'us/curves' } },
    train: { ...pipeline.train, environment: { WANDB_NAME: 'mine' } },
  }
  expect(built(fed).environment).toEqual({
    WANDB_RUN_ID: 'reviews-7f3k2m-0a1b2c3d',
    WANDB_RESUME: 'allow',
    WANDB_NAME: 'mine',
    WANDB_PROJECT: 'reviews',
    WANDB_API_KEY: 'env:WANDB_KEY',
    TRACKIO_PROJECT: 'reviews',
    TRACKIO_RUN_NAME: 'reviews-7f3k2m-0a1b2c3d',
    TRACKIO_SPACE_ID: 'us/curves',
  })
})
