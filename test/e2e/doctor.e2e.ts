import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Check } from '../../src/local/doctor'
import { processesLeft } from './support/processes'
import { startCli } from './support/run-cli'

jest.setTimeout(300_000)

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-doctor-')))
const nothing = join(folder, 'nothing')
mkdirSync(nothing)

afterAll(async () => {
  expect(await processesLeft(folder)).toEqual([])
  rmSync(folder, { recursive: true, force: true })
})

/** A machine on which nothing of Holdfast's has been set up, whatever this one has. */
function bareMachine(cache: string): Record<string, string | undefined> {
  const settings = Object.keys(process.env).filter((name) =>
    /^(HOLDFAST|PIP|UV|GO)[A-Z_]*$/.test(name),
  )
  return {
    ...Object.fromEntries(settings.map((name) => [name, undefined])),
    HOME: folder,
    XDG_CACHE_HOME: folder,
    HOLDFAST_CACHE: join(folder, cache),
  }
}

test('doctor names what is missing, and how to mend it', async () => {
  const { code, stdout, stderr } = await startCli(['doctor', '--json'], {
    cwd: folder,
    env: { ...bareMachine('empty'), PATH: nothing },
    timeout: 120,
  }).ended
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  const checks = JSON.parse(stdout) as Check[]
  const named = Object.fromEntries(checks.map((check) => [check.name, check]))
  expect(named).toMatchObject({
    node: { ok: true, level: 'ok', detail: process.versions.node },
    python: { ok: false, detail: expect.stringContaining('no Python 3.10 to 3.13') as string },
    compiler: { level: 'warn' },
    temporal: { level: 'warn', detail: expect.stringContaining('not fetched') as string },
    s3: { level: 'warn', detail: expect.stringContaining('no Go') as string },
    model: { level: 'warn' },
    ports: { ok: true },
    disk: { detail: expect.stringContaining('GB free') as string },
  })
  for (const { level, hint } of checks) expect(level === 'ok' || hint).toBeTruthy()
})

test('doctor names each variable that points to something wrong', async () => {
  const { code, stdout } = await startCli(['doctor', '--json'], {
    cwd: folder,
    env: {
      ...bareMachine('empty'),
      HOLDFAST_TEMPORAL_CLI: join(nothing, 'temporal'),
      HOLDFAST_VERSITYGW: join(nothing, 'versitygw'),
      HOLDFAST_DEMO_MODEL: nothing,
      TEMPORAL_ADDRESS: undefined,
    },
    timeout: 120,
  }).ended
  expect(code).toBe(1)
  const failed = (JSON.parse(stdout) as Check[]).filter(({ ok }) => !ok)
  const told = failed.map(({ name, detail }) => `${name}: ${detail}`).join('\n')
  expect(told).toContain('HOLDFAST_TEMPORAL_CLI')
  expect(told).toContain('HOLDFAST_VERSITYGW')
  expect(told).toContain('HOLDFAST_DEMO_MODEL')
})

test('set-up fails soon, with the reason and a way out, when its sources refuse to answer', async () => {
  const { seconds, code, stderr } = await setUpFrom('http://127.0.0.1:1', 'refused')
  expect({ code, stderr }).toMatchObject({ code: 1 })
  expect(stderr).toMatch(/error: .* could not be had from any source|error: .*pip/)
  expect(stderr).toMatch(/fix: +\S/)
  expect(stderr).toMatch(/code: +E_[A-Z_]+/)
  expect(stderr).not.toContain('E_UNEXPECTED')
  // pip's own patience with a source would be minutes.
  expect(seconds).toBeLessThan(75)
})

test('nor does it wait long for sources that take the call and say nothing', async () => {
  const calls = new Set<Socket>()
  const silent = createServer((call) => calls.add(call.on('error', () => undefined)))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  try {
    const { seconds, code, stderr } = await setUpFrom(`http://127.0.0.1:${port}`, 'silent')
    expect({ code, stderr }).toMatchObject({ code: 1 })
    expect(stderr).toMatch(/code: +E_[A-Z_]+/)
    expect(seconds).toBeLessThan(75)
  } finally {
    for (const call of calls) call.destroy()
    await new Promise((resolve) => silent.close(resolve))
  }
})

/** Sets up from nothing, with all package sources at this address. */
async function setUpFrom(
  address: string,
  cache: string,
): Promise<{ seconds: number; code: number | null; stderr: string }> {
  const start = Date.now()
  const { code, stdout, stderr } = await startCli(['demo'], {
    cwd: folder,
    env: {
      ...bareMachine(cache),
      PIP_CONFIG_FILE: devNull,
      PIP_INDEX_URL: `${address}/simple`,
      GOPROXY: address,
      GOFLAGS: '-modcacherw',
      HTTPS_PROXY: address,
      // Heeded by Node 24; before it, what is on the internet may be reached all the same.
      NODE_USE_ENV_PROXY: '1',
    },
    timeout: 200,
  }).ended
  expect(stdout).toBe('')
  return { seconds: (Date.now() - start) / 1000, code, stderr }
}
