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
    'createWorker',
    'definePipeline',
    'fetchModel',
    'loadPipeline',
    'parsePipeline',
    'pythonFloat',
  ])
})

test('a program that only starts runs does not load the worker and its native core', () => {
  const loaded = ask(
    'require(process.argv[1]); console.log(JSON.stringify(Object.keys(require.cache)))',
  ) as string[]
  expect(loaded.filter((path) => /@temporalio\/(worker|core-bridge)\//.test(path))).toEqual([])
})
