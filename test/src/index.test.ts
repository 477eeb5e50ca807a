import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

import { packageRoot } from '../../src/package-root'

const entry = join(packageRoot(), 'dist', 'src', 'index.js')
const ask = (script: string): unknown =>
  JSON.parse(
    execFileSync(process.execPath, ['-e', script, entry], { encoding: 'utf8', timeout: 30_000 }),
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
    'deployCalls',
    'fetchModel',
    'heavyTaskQueue',
    'int',
    'loadDeploy',
    'loadPipeline',
    'loadSweep',
    'logInt',
    'logUniform',
    'parsePipeline',
    'pythonFloat',
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
