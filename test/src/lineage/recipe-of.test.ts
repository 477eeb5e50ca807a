import { recipeOf } from '../../../src/lineage/recipe-of'
import { imagesFor } from '../../../src/plan/images-for'
import { pipeline } from '../plan/pipeline'
import { aLineage, hash } from './a-lineage'

const region = 'us-east-1'
const here = { region, account: '111122223333' }
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
  const { pipeline: made, inputs } = recipeOf({ lineage, here })
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
  const made = recipeOf({ lineage, here, publish: true }).pipeline
  expect(made).toMatchObject({ publish: { model: 'reviews' }, evaluate: pipeline.evaluate })
})

test('an image that the table no longer gives is named outright', () => {
  const old = { training: '1.dkr.ecr/hf:old@sha256:ab', serving: null }
  const lineage = aLineage({ manifest: { images: old } })
  expect(recipeOf({ lineage, here }).pipeline.train.imageUri).toBe(old.training)
  expect(recipeOf({ lineage, here }).warnings.join()).not.toContain('image')
})

test('what no record can vouch for is a warning', () => {
  const given = {
    ...pipeline,
    model: { kind: 'hub' as const, id: 'distilbert' },
    train: { ...pipeline.train, inputs: { extra: 's3://b/extra' } },
  }
  const { warnings, pipeline: made } = recipeOf({
    lineage: aLineage({ pipeline: given, manifest: { images } }),
    here,
  })
  expect(warnings.join('\n')).toMatch(/channels extra[^]*distilbert from the Hub[^]*tag/)
  expect(made.model).toEqual({ kind: 'hub', id: 'distilbert', revision: 'm' })
})

test.each(['inputs', 'revision'])('a record without its %s cannot be made again', (key) => {
  const lineage = aLineage({ manifest: { images, [key]: undefined } })
  expect(thrown(() => recipeOf({ lineage, here }))).toMatchObject({ code: 'E_NOT_REPRODUCIBLE' })
})

const made = { account: '111122223333', region, root: 's3://b/holdfast' }

test('in another account the own bucket and role are used, and the inputs are read from the recorded one', () => {
  const given = {
    ...pipeline,
    storage: { bucket: 'b', prefix: 'holdfast' },
    train: {
      ...pipeline.train,
      role: 'arn:aws:iam::111122223333:role/train',
      checkpointS3Uri: 's3://b/checkpoints',
      estimator: { subnets: ['subnet-1'] },
    },
  }
  const lineage = aLineage({ pipeline: given, manifest: { images, site: made } })
  const there = recipeOf({ lineage, here: { region: 'eu-west-1', account: '999988887777' } })
  expect(there.pipeline.storage).toEqual({ prefix: 'holdfast' })
  for (const key of ['role', 'checkpointS3Uri', 'imageUri'])
    expect(there.pipeline.train).not.toHaveProperty(key)
  expect(there.inputs).toMatchObject({ account: made.account })
  expect(there.warnings.join('\n')).toMatch(
    /made in account 111122223333.*default bucket of 999988887777[^]*subnets are those/,
  )

  const same = recipeOf({ lineage, here })
  expect(same.pipeline).toMatchObject({ storage: given.storage, train: { role: given.train.role } })
  expect(same.inputs).not.toHaveProperty('account')
})

test('inputs that were copied are taken from where they lie now, whoever owns it', () => {
  const lineage = aLineage({ manifest: { images, site: made } })
  const { pipeline: moved, inputs } = recipeOf({ lineage, here, inputsAt: 's3://copy/of/it/' })
  const code = `s3://copy/of/it/runs/reviews-1a2b3c/source/${hash('c')}/sourcedir.tar.gz`
  expect(moved.train.sourceDir).toBe(code)
  expect(inputs).toMatchObject({
    account: null,
    codeUri: code,
    dataset: { trainUri: `s3://copy/of/it/datasets/${hash('d')}/train` },
  })
  const elsewhere = aLineage({ manifest: { images, site: { ...made, root: 's3://b/other' } } })
  expect(thrown(() => recipeOf({ lineage: elsewhere, here, inputsAt: 's3://copy' }))).toMatchObject(
    {
      code: 'E_NOT_REPRODUCIBLE',
      where: '--inputs',
    },
  )
})

test('a record of an earlier version is made again with a warning of what it cannot vouch for', () => {
  const earlier = aLineage({ manifest: { images } })
  expect(recipeOf({ lineage: earlier, here }).warnings.join()).toMatch(/earlier version.*names/)
  const ingredients = [{ role: 'code', uri: 's3://b/c', size: 1, sha256: hash('c') }]
  const inputs = { ...earlier.inputs, ingredients }
  const today = aLineage({ manifest: { images, inputs } })
  expect(recipeOf({ lineage: today, here }).warnings.join()).not.toMatch(/earlier version/)
})
