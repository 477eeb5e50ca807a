import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { RunStatus } from '../../src/run-state'
import { newCanary } from '../chaos/canary'
import { findCanary } from '../chaos/auditor/find-canary'
import { readRun } from '../chaos/auditor/read-run'
import { startHubServer, type HubServer } from '../src/models/hub/hub-server'
import { startQuickPlatform, type QuickPlatform } from './support/quick-platform'
import { waitFor } from './support/wait-for'

jest.setTimeout(300_000)

/** In the form of the Hub's tokens; it stands nowhere but in the workers' environment. */
const secret = `hf_${newCanary()}`

let quick: QuickPlatform
let hub: HubServer
let hubFolder: string
beforeAll(async () => {
  hubFolder = mkdtempSync(join(tmpdir(), 'holdfast-hub-'))
  hub = await startHubServer({ folder: hubFolder, secret })
  quick = await startQuickPlatform({ env: { HF_ENDPOINT: hub.endpoint, HF_TOKEN: secret } })
})
afterAll(async () => {
  await quick?.stop()
  await hub?.stop()
  rmSync(hubFolder, { recursive: true, force: true })
})

/** Starts a run whose gate asks a person, and waits until it does. */
async function asking(name: string, publish: object = {}): Promise<string> {
  const more = { gate: { approval: 'manual' }, publish: { model: name, ...publish } }
  const file = quick.write({ name, steps: 4, accuracy: 0.8, atLeast: 0.7, more })
  const { code, stdout, stderr } = await quick.cli(['run', '-f', file, '--detach'])
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const id = stdout.trim()
  await waitFor(
    async () => (await quick.status(id)).gate?.approval?.state === 'awaiting' || undefined,
    { what: `${id} to ask`, deadline: 120 },
  )
  return id
}

test('what passes waits until a person approves it, and the record says who and why', async () => {
  const id = await asking('asked', { hub: { repoId: 'ada/asked', token: 'env:HF_TOKEN' } })
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

  // The Hub let the token in, which is in no history, memo, log, object, record or card.
  expect(hub.repositories.get('ada/asked')?.tags.has('v1')).toBe(true)
  const canary = secret.slice(3)
  const { leaks } = await readRun({ temporal: quick.temporal.temporal, id, canary })
  expect(leaks).toEqual([])
  for (const folder of [quick.folder, hubFolder])
    expect(findCanary({ folder, canary, mayHold: () => false })).toEqual({ leaks: [], reached: [] })
  // Where a name that a run does tell is found, the token would be.
  const { leaks: told } = await readRun({
    temporal: quick.temporal.temporal,
    id,
    canary: 'ada/asked',
  })
  expect(told).toContain(id)
  const named = findCanary({ folder: quick.folder, canary: 'ada/asked', mayHold: () => false })
  expect(named.leaks.join()).toMatch(/temporal.*manifest\.json|manifest\.json.*temporal/)

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

test('what nobody decides in time is rejected, as the policy says, and nothing is published', async () => {
  const more = { gate: { approval: 'manual', approvalTimeout: '2s' } }
  const file = quick.write({ name: 'unanswered', steps: 4, accuracy: 0.8, atLeast: 0.7, more })
  const { code, stdout } = await quick.cli(['run', '-f', file, '--json'])
  expect(code).toBe(3)
  expect(JSON.parse(stdout) as RunStatus).toMatchObject({
    state: 'rejected',
    published: null,
    gate: { approval: { state: 'rejected', why: 'nobody decided in time' } },
  })
  expect(await quick.aws.modelPackages('unanswered')).toEqual([])
})
