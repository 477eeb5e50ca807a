import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { applyPlatformEnv, clearForeignVariables, platformAbove } from '../../../src/local/env'
import { writeRecord } from '../../../src/local/platform-record'
import { identityOf } from '../../../src/local/process-identity'

const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-env-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

const foreign = {
  AWS_PROFILE: 'work',
  AWS_SESSION_TOKEN: 'token',
  TEMPORAL_API_KEY: 'key',
  TEMPORAL_TLS: 'true',
  TEMPORAL_TLS_CLIENT_CERT_PATH: '/cert.pem',
  TEMPORAL_PROFILE: 'cloud',
  TEMPORAL_CONFIG_FILE: '/cloud.toml',
  TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer key',
  TEMPORAL_CODEC_ENDPOINT: 'https://codec',
  TEMPORAL_CLIENT_AUTHORITY: 'cloud',
}
const own = { PATH: '/bin', HOLDFAST_TEMPORAL_CLI: '/bin/temporal', TEMPORAL_DEBUG: '1' }

test('what names another account or another Temporal is cleared, and nothing else', () => {
  const env: NodeJS.ProcessEnv = { ...foreign, ...own }
  clearForeignVariables(env)
  expect(env).toEqual(own)
})

test("a command of Temporal Cloud's user reaches the local platform with nothing of the cloud's", () => {
  writeRecord(dataDir, {
    version: 1,
    id: 'some',
    runner: 'scripted',
    temporalUi: false,
    ports: { temporal: 1, temporalUi: 2, s3: 3, sagemaker: 4 },
    binaries: {},
    env: { TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_CONFIG_FILE: join(dataDir, 'temporal.toml') },
    services: {
      s3: {
        pid: process.pid,
        identity: identityOf(process.pid) ?? '',
        startedAt: 0,
        address: '127.0.0.1:3',
      },
    },
  })
  const env: NodeJS.ProcessEnv = { ...foreign, ...own }
  expect(applyPlatformEnv({ dataDir, env })).toContain(dataDir)
  expect(env).toEqual({
    ...own,
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    TEMPORAL_CONFIG_FILE: join(dataDir, 'temporal.toml'),
  })
})

test('a platform that runs in a folder above is named to who works below it, unless another was chosen', () => {
  const below = join(dirname(dataDir), 'scripts', 'deep', basename(dataDir))
  expect(platformAbove({ dataDir: below, env: {} })).toBe(dataDir)
  expect(platformAbove({ dataDir, env: {} })).toBeUndefined()
  for (const env of [{ HOLDFAST_LOCAL: '0' }, { TEMPORAL_ADDRESS: 'cloud:7233' }])
    expect(platformAbove({ dataDir: below, env })).toBeUndefined()
})
