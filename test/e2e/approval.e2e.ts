import type { RunStatus } from '../../src/run-state'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor } from './support/wait-for'

jest.setTimeout(120_000)

let quick: QuickPlatform
beforeAll(async () => {
  quick = await startQuickPlatform()
})
afterAll(() => quick?.stop())

/** Starts a run whose gate asks a person, and waits until it does. */
async function asking(name: string): Promise<string> {
  const more = { gate: { approval: 'manual' } }
  const file = quick.write({ name, steps: 4, accuracy: 0.8, atLeast: 0.7, more })
  const { code, stdout, stderr } = await quick.cli(['run', '-f', file, '--detach'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const id = stdout.trim()
  await waitFor(
    async () => (await quick.status(id)).gate?.approval?.state === 'awaiting' || undefined,
    { what: `${id} to ask`, deadline: 60 },
  )
  return id
}

test('what passes waits until a person approves it, and the record says who and why', async () => {
  const id = await asking('asked')
  const shown = await quick.cli(['status', id])
  expect(shown.stdout).toMatch(/is awaiting approval: `holdfast approve asked-/)
  expect((await quick.cli(['ls'])).stdout).toContain('awaiting approval')
  expect(await quick.aws.modelPackages('asked')).toEqual([])

  const said = await quick.cli(['approve', id, '--as', 'ada', '--why', 'harmless errors'])
  expect(said).toMatchObject({ code: 0 })
  expect(said.stdout).toBe(`${id} is approved by ada: harmless errors.\n`)
  const attached = await quick.cli(['attach', id, '--json'])
  expect(attached.code).toBe(0)
  const status = JSON.parse(attached.stdout) as RunStatus
  expect(status).toMatchObject({
    state: 'completed',
    published: { version: 1 },
    gate: { passed: true, approval: { state: 'approved', by: 'ada', why: 'harmless errors' } },
  })
  expect(await quick.cli(['get', id, 'manifest', '--out', 'record'])).toMatchObject({ code: 0 })

  // Also after the end: the same again is no error, the opposite is.
  const again = await quick.cli(['approve', id, '--json'])
  expect(again.code).toBe(0)
  expect(JSON.parse(again.stdout)).toMatchObject({ by: 'ada', counted: false })
  const against = await quick.cli(['reject', id, '--why', 'late'])
  expect(against.code).toBe(1)
  expect(against.stderr).toContain('E_ALREADY_DECIDED')
})

test('a person who rejects ends the run rejected: exit code 3, nothing published', async () => {
  const id = await asking('refused')
  const attaching = quick.cli(['attach', id])
  const said = await quick.cli(['reject', id, '--why', 'wrong on long texts'])
  expect({ code: said.code, stderr: said.stderr }).toMatchObject({ code: 0 })
  // Whoever does not say who they are is the user of this machine, with their AWS identity.
  expect(said.stdout).toMatch(/is rejected by \S+ \(arn:aws:.+\): wrong on long texts/)
  const { code, stderr } = await attaching
  expect(code).toBe(3)
  expect(stderr).toContain('was rejected by its gate')
  expect(await quick.aws.modelPackages('refused')).toEqual([])
})
