import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withScenario } from '../../../../src/cli/demo/with-scenario'

let dataDir: string
let file: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'holdfast-scenario-'))
  file = join(dataDir, 'scenario.yaml')
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const read = (): string => readFileSync(file, 'utf8')

test('a scenario is in force for one run only, also when that fails', async () => {
  await withScenario({ dataDir, text: 'seed: 7' }, async () => expect(read()).toBe('seed: 7'))
  expect(existsSync(file)).toBe(false)
  const failing = withScenario({ dataDir, text: 'seed: 7' }, () => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')
  expect(existsSync(file)).toBe(false)
})

test("the user's own scenario comes back, and one that was put there meanwhile stays", async () => {
  writeFileSync(file, 'seed: 1')
  await withScenario({ dataDir, text: 'seed: 7' }, async () => expect(read()).toBe('seed: 7'))
  expect(read()).toBe('seed: 1')
  await withScenario({ dataDir, text: 'seed: 7' }, async () => writeFileSync(file, 'seed: 2'))
  expect(read()).toBe('seed: 2')
})

test('one that a killed demo has left is taken away by the next', async () => {
  writeFileSync(file, 'seed: 7')
  await withScenario({ dataDir, text: 'seed: 7' }, () => Promise.resolve())
  expect(existsSync(file)).toBe(false)
})
