import type { RunStatus } from '../../src/run-state'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'

jest.setTimeout(120_000)

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
})
afterAll(() => quick?.stop())

test('a run whose gate fails ends rejected, with the numbers, exit code 3 and nothing published', async () => {
  const file = quick.write({ name: 'weak', steps: 4, accuracy: 0.6, atLeast: 0.9 })
  const { code, stdout, stderr } = await quick.cli(['run', '-f', file])
  expect({ code, stderr }).toMatchObject({ code: 3 })
  const id = stdout.trim()
  expect(stderr).toMatch(/was rejected by its gate: .*eval_accuracy 0\.6000 .*0\.9/)
  expect(stderr).toContain('Nothing was published')

  const status = await quick.status(id)
  expect(status).toMatchObject({
    id,
    state: 'rejected',
    gate: { passed: false },
    metrics: { eval_accuracy: 0.6 },
    published: null,
    error: null,
  })
  expect(status.gate?.reasons.join()).toMatch(/eval_accuracy 0\.6000 .*0\.9/)
  expect(status.stages).toContainEqual(
    expect.objectContaining({ name: 'publish', state: 'skipped' }),
  )
  expect(await quick.aws.modelPackages('weak')).toEqual([])

  // The model can still be had, to see what is wrong with it.
  expect(await quick.cli(['get', id, 'model', '--out', 'weak-model'])).toMatchObject({ code: 0 })
  // Whoever attaches later is told the same.
  const attached = await quick.cli(['attach', id, '--json'])
  expect(attached.code).toBe(3)
  expect(JSON.parse(attached.stdout) as RunStatus).toMatchObject({ id, state: 'rejected' })
})

test('the same scores pass a gate that asks for less', async () => {
  const file = quick.write({ name: 'modest', steps: 4, accuracy: 0.6, atLeast: 0.6 })
  const { code, stdout } = await quick.cli(['run', '-f', file, '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout) as RunStatus).toMatchObject({
    state: 'completed',
    gate: { passed: true },
    published: { version: 1 },
  })
})
