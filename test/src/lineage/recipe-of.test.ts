import { recipeOf } from '../../../src/lineage/recipe-of'
import { imagesFor } from '../../../src/plan/images-for'
import { pipeline } from '../plan/pipeline'
import { aLineage, hash } from './a-lineage'

const region = 'us-east-1'
const today = imagesFor({ pipeline, region }).training
const images = { training: today, serving: 'serve:1' }
const thrown = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

test('a recipe trains from what lies in S3, and names no file of the machine it was started on', () => {
  const given = {
    ...pipeline,
    train: {
      ...pipeline.train,
      dependencies: ['/home/ann/helper.py'],
      gitConfig: { repo: 'https://example.com/a.git', branch: 'main' },
    },
    evaluate: { ...pipeline.evaluate, entryPoint: '/home/ann/evaluate.py', gate: { maxSizeMb: 1 } },
    feeds: { wandb: {} },
  }
  const lineage = aLineage({ pipeline: given, manifest: { images } })
  const { pipeline: made, inputs } = recipeOf({ lineage, region })
  expect(made.train).toMatchObject({
    sourceDir: `s3://b/holdfast/runs/reviews-1a2b3c/source/${hash('c')}/sourcedir.tar.gz`,
    dependencies: [],
    hyperparameters: pipeline.train.hyperparameters,
    entryPoint: 'train.py',
  })
  expect(inputs).toBe(lineage.inputs)
  for (const key of ['gitConfig', 'imageUri']) expect(made.train).not.toHaveProperty(key)
  for (const key of ['publish', 'feeds']) expect(made).not.toHaveProperty(key)
  expect(made.evaluate).toEqual({
    metric: 'eval_accuracy',
    instanceType: 'ml.g5.xlarge',
    maxRun: 3600,
  })
  // The record itself is left as it is.
  expect(lineage.pipeline.train.sourceDir).toBe('/training')
})

test('published again it passes the gate as it was', () => {
  const lineage = aLineage({ manifest: { images } })
  const made = recipeOf({ lineage, region, publish: true }).pipeline
  expect(made).toMatchObject({ publish: { model: 'reviews' }, evaluate: pipeline.evaluate })
})

test('an image that the table no longer gives is named outright', () => {
  const old = { training: '1.dkr.ecr/hf:old@sha256:ab', serving: null }
  const lineage = aLineage({ manifest: { images: old } })
  expect(recipeOf({ lineage, region }).pipeline.train.imageUri).toBe(old.training)
  expect(recipeOf({ lineage, region }).warnings).toEqual([])
})

test('what no record can vouch for is a warning', () => {
  const given = {
    ...pipeline,
    model: { kind: 'hub' as const, id: 'distilbert' },
    train: { ...pipeline.train, inputs: { extra: 's3://b/extra' } },
  }
  const { warnings, pipeline: made } = recipeOf({
    lineage: aLineage({ pipeline: given, manifest: { images } }),
    region,
  })
  expect(warnings.join('\n')).toMatch(/channels extra[^]*distilbert from the Hub[^]*tag/)
  expect(made.model).toEqual({ kind: 'hub', id: 'distilbert', revision: 'm' })
})

test.each(['inputs', 'revision'])('a record without its %s cannot be made again', (key) => {
  const lineage = aLineage({ manifest: { images, [key]: undefined } })
  expect(thrown(() => recipeOf({ lineage, region }))).toMatchObject({ code: 'E_NOT_REPRODUCIBLE' })
})
