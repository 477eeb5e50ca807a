import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

import { packageRoot } from '../../src/package-root'

const entry = join(packageRoot(), 'dist', 'src', 'index.js')
const ask = (script: string): unknown =>
  JSON.parse(
    execFileSync(process.execPath, ['-e', script, entry], { encoding: 'utf8', timeout: 120_000 }),
  )

test('the package exports what a program needs, and no more', () => {
  const names = ask('console.log(JSON.stringify(Object.keys(require(process.argv[1]))))')
  expect((names as string[]).sort()).toEqual([
    'Client',
    'ConfigError',
    'HoldfastError',
    'choice',
    'constant',
    'controlTaskQueue',
    'createWorker',
    'defineDeploy',
    'definePipeline',
    'defineSweep',
    'defineTransform',
    'deployCalls',
    'fetchModel',
    'heavyTaskQueue',
    'int',
    'loadDeploy',
    'loadPipeline',
    'loadSweep',
    'loadTransform',
    'logInt',
    'logUniform',
    'parsePipeline',
    'pythonFloat',
    'readJobEvents',
    'uniform',
    'when',
    'workerDependencies',
    'workerOptions',
  ])
})

test('a program that only starts runs does not load the worker and its native core', () => {
  const loaded = ask(
    'require(process.argv[1]); console.log(JSON.stringify(Object.keys(require.cache)))',
  ) as string[]
  expect(loaded.filter((path) => /@temporalio\/(worker|core-bridge)\//.test(path))).toEqual([])
})

test('the estimator can be had by itself, and makes a request', () => {
  const request = ask(
    `const { createRequire } = require('node:module')
     const { createTrainingJobRequest, defaultBucketName } =
       createRequire(process.argv[1])('holdfast/estimator')
     const site = { region: 'us-east-1', account: '111122223333' }
     const request = createTrainingJobRequest({
       estimator: {
         entryPoint: 'train.py',
         sourceDir: 's3://code/sourcedir.tar.gz',
         role: 'arn:aws:iam::111122223333:role/sagemaker',
         transformersVersion: '4.6',
         pytorchVersion: '1.7',
         pyVersion: 'py36',
         instanceType: 'ml.p3.2xlarge',
         instanceCount: 1,
       },
       jobName: 'reviews-1',
       inputs: { train: 's3://data/train' },
       codeUri: 's3://code/sourcedir.tar.gz',
       session: { ...site, defaultBucket: defaultBucketName(site) },
     })
     console.log(JSON.stringify(request))`,
  )
  expect(request).toMatchObject({
    TrainingJobName: 'reviews-1',
    OutputDataConfig: { S3OutputPath: 's3://sagemaker-us-east-1-111122223333/' },
    ResourceConfig: { VolumeSizeInGB: 30 },
  })
})

test('activities and workflows can be had by the names that a team would import', () => {
  const names = ask(
    `const { createRequire } = require('node:module')
     const here = createRequire(process.argv[1])
     const names = (path) => Object.keys(here(path))
     console.log(JSON.stringify([names('holdfast/workflows'), names('holdfast/activities')]))`,
  )
  const [workflows, activities] = names as [string[], string[]]
  for (const name of ['nightly', 'pipeline', 'sweep', 'training', 'trial'])
    expect(workflows).toContain(name)
  expect(activities.sort()).toEqual(['controlActivities', 'heavyActivities'])
})
