import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { declined } from '../../../src/cli/confirm'
import { writeRecord } from '../../../src/local/platform-record'
import { identityOf } from '../../../src/local/process-identity'
import { aCli } from './a-cli'

const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-confirm-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

const question = { question: 'Delete reviews?', otherwise: 'Nothing was changed.' }

test('before anything is asked or done it is said that it happens on the local platform', async () => {
  const s3 = { pid: process.pid, identity: identityOf(process.pid) ?? '', startedAt: 0 }
  writeRecord(dataDir, {
    ...{ version: 1, id: 'some', runner: 'scripted', temporalUi: false, binaries: {} },
    ports: { temporal: 1, temporalUi: 2, s3: 3, sagemaker: 4 },
    env: { TEMPORAL_ADDRESS: '127.0.0.1:1' },
    services: { s3: { ...s3, address: '127.0.0.1:3' } },
  })
  const cli = aCli({ env: {} })
  expect(await declined({ cli, given: { dataDir, yes: true }, ...question })).toBe(false)
  expect(cli.err()).toBe(
    `Using the local platform in ${dataDir} (HOLDFAST_LOCAL=0 turns this off).\n`,
  )
  // Once: whoever connects afterwards has the variables already.
  expect(await declined({ cli, given: { dataDir, yes: true }, ...question })).toBe(false)
  expect(cli.err().match(/Using/g)).toHaveLength(1)
})
