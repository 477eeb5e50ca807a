import { parse } from 'csv-parse/sync'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withLock } from '../../../src/local/lock'
import { identityOf, isAlive } from '../../../src/local/process-identity'
import { ownBinary } from '../../../src/local/setup/binary'
import { cachedFolder } from '../../../src/local/setup/cached-folder'
import type { SetUpContext } from '../../../src/local/setup/context'
import { aboutProxy, fetchFile, verifyFile } from '../../../src/local/setup/fetch-file'
import { findPython, isSupported } from '../../../src/local/setup/find-python'
import { firstSource } from '../../../src/local/setup/first-source'
import { interruptible } from '../../../src/local/setup/interruptible'
import { uvEnvFromPipConfig } from '../../../src/local/setup/pip'
import { requireTorchWheels } from '../../../src/local/setup/python'
import { requireDisk } from '../../../src/local/setup/require-disk'
import { reviewsCsv } from '../../../src/local/setup/reviews-csv'
import { runCommand, withoutHosts } from '../../../src/local/setup/run-command'
import { checksumOf } from '../../../src/local/setup/versitygw'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-setup-'))
const lines: string[] = []
const context: SetUpContext = {
  cache: folder,
  env: {},
  onProgress: (line) => void lines.push(line),
}
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const deadPid = (): number => spawnSync('true').pid

test('rated sentences become quoted CSV rows, weak ratings are left out', () => {
  const text = '1\t2.2\tGood, "very" good é\r\n2\t-0.4\tmeh\r\n3\t-0.5\tbad\r\n4\t0.5\tfine \r\n'
  const { csv, rows } = reviewsCsv(new TextEncoder().encode(text))
  expect(rows).toBe(3)
  expect(parse(csv, { columns: true })).toEqual([
    { text: 'Good, "very" good é', label: 'positive' },
    { text: 'bad', label: 'negative' },
    { text: 'fine', label: 'positive' },
  ])
})

test('the lock of a dead process is taken over, that of a live one is waited for', async () => {
  const path = join(folder, 'some.lock')
  writeFileSync(path, JSON.stringify({ pid: deadPid(), identity: 'long ago' }))
  const order: string[] = []
  const one = withLock({ path, waitMs: 30_000 }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    order.push('one')
  })
  const two = withLock({ path, waitMs: 30_000 }, async () => void order.push('two'))
  await Promise.all([one, two])
  expect(order.sort()).toEqual(['one', 'two'])
  expect(existsSync(path)).toBe(false)
})

test('waiting for a lock ends with an error that names its holder', async () => {
  const path = join(folder, 'held.lock')
  let release = (): void => undefined
  const held = withLock({ path, waitMs: 0 }, () => new Promise<void>((go) => (release = go)))
  await expect(withLock({ path, waitMs: 100 }, async () => undefined)).rejects.toMatchObject({
    code: 'E_LOCKED',
  })
  release()
  await held
})

test('a process id with another start is not the recorded process', () => {
  const identity = identityOf(process.pid) ?? ''
  expect(isAlive({ pid: process.pid, identity })).toBe(true)
  expect(isAlive({ pid: process.pid, identity: `${identity}0` })).toBe(false)
  expect(identityOf(deadPid())).toBeUndefined()
})

test('a folder of the cache appears whole or not at all, and is made once', async () => {
  let built = 0
  const make = (fails: boolean): Promise<string> =>
    cachedFolder({
      context,
      part: 'thing',
      name: 'thing-1',
      needBytes: 1,
      build: async (draft) => {
        built += 1
        writeFileSync(join(draft, 'half'), '')
        if (fails) throw new Error('cut')
      },
    })
  await expect(make(true)).rejects.toThrow('cut')
  expect(readdirSync(folder).filter((name) => name.startsWith('thing'))).toEqual([])
  const [one, two] = await Promise.all([make(false), make(false)])
  expect(one).toBe(two)
  expect(built).toBe(2)
})

test('the first source that works is taken, and those before it are named with their reason', async () => {
  const asked: string[] = []
  const source = (name: string, get: () => Promise<string | undefined>) => ({
    name,
    get: () => {
      asked.push(name)
      return get()
    },
  })
  const broken = source('a release', async () => Promise.reject(new Error('no network')))
  const absent = source('not for this machine', async () => undefined)
  const good = source('an index', async () => 'got')
  const never = source('never', async () => 'no')
  const told: string[] = []
  const options = {
    part: 's3',
    hint: 'install Go',
    onProgress: (line: string) => void told.push(line),
  }
  expect(await firstSource({ ...options, sources: [broken, absent, good, never] })).toBe('got')
  expect(asked).toEqual(['a release', 'not for this machine', 'an index'])
  expect(told).toEqual(['s3: a release did not work (no network)'])
  await expect(firstSource({ ...options, sources: [broken] })).rejects.toMatchObject({
    code: 'E_SETUP_NO_SOURCE',
    hint: 'install Go',
  })
})

test('a full disk is refused with what is needed and what is there', async () => {
  const need = { folder, bytes: 8e9, what: 'the Python environment', freeBytes: async () => 1.5e9 }
  await expect(requireDisk(need)).rejects.toMatchObject({
    code: 'E_DISK_FULL',
    what: 'the Python environment needs 8.0 GB of free disk and there are 1.5 GB',
  })
})

test('a download is tried twice, given up soon when nothing answers, and its content is verified', async () => {
  let asked = 0
  const server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/file' }).end()
    else if (request.url === '/file') response.end('content')
    else if (request.url === '/busy') response.writeHead(asked++ === 0 ? 503 : 200).end('at last')
    else if (request.url === '/gone') response.writeHead(asked++ === 0 ? 404 : 200).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const to = join(folder, 'file')
  try {
    await fetchFile({ url: `${base}/moved`, to })
    expect(readFileSync(to, 'utf8')).toBe('content')
    const check = verifyFile({ path: to, sha256: '0'.repeat(64), what: 'it' })
    await expect(check).rejects.toMatchObject({ code: 'E_CHECKSUM' })
    await fetchFile({ url: `${base}/busy`, to })
    expect(readFileSync(to, 'utf8')).toBe('at last')
    asked = 0
    await expect(fetchFile({ url: `${base}/gone`, to })).rejects.toThrow('status 404')
    expect(asked).toBe(1)
    const silent = fetchFile({ url: `${base}/silent`, to, answerMs: 200 })
    await expect(silent).rejects.toThrow('no answer from 127.0.0.1 within 0.2 s')
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('a Python that the locks do not cover is passed over, and none at all is said with a hint', async () => {
  const versions: Record<string, string> = { 'python3.12': '3.14.0', python3: '3.10.12' }
  const ask = async (command: string): Promise<string> =>
    versions[command] ?? Promise.reject(new Error('not there'))
  expect(await findPython({ env: {} }, ask)).toEqual({ command: 'python3', version: '3.10.12' })
  const none = findPython({ env: { HOLDFAST_BASE_PYTHON: 'mine' } }, ask)
  await expect(none).rejects.toMatchObject({ code: 'E_NO_PYTHON', where: 'HOLDFAST_BASE_PYTHON' })
})

test('a Python whose tarfile lacks the data filter is too old', () => {
  const versions = [
    '3.9.20',
    '3.10.11',
    '3.10.12',
    '3.11.3',
    '3.11.4',
    '3.12.0',
    '3.13.1',
    '3.14.0',
  ]
  expect(versions.filter(isSupported)).toEqual(['3.10.12', '3.11.4', '3.12.0', '3.13.1'])
})

test('a Mac with an Intel processor is refused, as torch has no wheels for it', () => {
  expect(() => requireTorchWheels({ platform: 'darwin', arch: 'x64' })).toThrow('Intel')
  requireTorchWheels({ platform: 'darwin', arch: 'arm64' })
  requireTorchWheels({ platform: 'linux', arch: 'x64' })
})

test('a proxy that Node does not use is named where a download fails', () => {
  const env = { HTTPS_PROXY: 'http://127.0.0.1:1' }
  expect(aboutProxy({}, '20.19.0')).toBe('')
  expect(aboutProxy(env, '22.1.0')).toContain('Node 24 or newer')
  expect(aboutProxy(env, '24.0.0')).toContain('NODE_USE_ENV_PROXY')
  expect(aboutProxy({ ...env, NODE_USE_ENV_PROXY: '1' }, '24.0.0')).toBe('')
})

/** A folder with one executable shell script, as a PATH of its own. */
function scriptFolder(name: string, script: string): string {
  const place = mkdtempSync(join(folder, 'bin-'))
  writeFileSync(join(place, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return place
}

test('a binary on the PATH is taken when it is no older than the pinned one', async () => {
  const found = async (says: string): Promise<string | undefined> => {
    const PATH = scriptFolder('thing', `echo '${says}'`)
    const onPathAs = { part: 'thing', name: 'thing', leastVersion: '1.9.1' }
    return ownBinary({ context: { ...context, env: { PATH } }, variable: 'THING', onPathAs })
  }
  expect(await found('thing version 1.9.1 (Server 1.2.3)')).toBeDefined()
  expect(await found('v1.10.0')).toBeDefined()
  lines.length = 0
  expect(await found('thing version 1.8.9')).toBeUndefined()
  expect(await found('Version: git')).toBeUndefined()
  expect(lines.map((line) => line.replace(folder, ''))).toEqual([
    expect.stringContaining('is 1.8.9, not 1.9.1 or newer, and is passed over'),
    expect.stringContaining('is of no known version'),
  ])
})

test('an aborted program has ended when the abort is told', async () => {
  const stop = new AbortController()
  const pidFile = join(folder, 'pid')
  const slow = 'trap "sleep 0.3; exit 1" TERM; echo $$ > "$0"; while :; do sleep 0.05; done'
  const options = { command: 'sh', args: ['-c', slow, pidFile], timeoutMs: 60_000 }
  const running = runCommand({ ...options, signal: stop.signal })
  running.catch(() => undefined)
  while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '')
    await new Promise((resolve) => setTimeout(resolve, 20))
  stop.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
  expect(identityOf(Number(readFileSync(pidFile, 'utf8')))).toBeUndefined()
  await expect(runCommand({ ...options, signal: stop.signal })).rejects.toThrow('enough')
})

test('an interrupt takes the process only after the work has settled', async () => {
  const order: string[] = []
  const work = async (signal: AbortSignal): Promise<void> => {
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
    process.emit('SIGHUP', 'SIGHUP')
    await aborted
    order.push('cleaned up')
    signal.throwIfAborted()
  }
  await expect(interruptible(work, (name) => order.push(name))).rejects.toThrow('SIGHUP')
  expect(order).toEqual(['cleaned up', 'SIGHUP'])
})

test('uv is told the index of pip, the environment first, and private hosts are never shown', () => {
  const list =
    "global.index-url='https://one.example/simple'\n:env:.index-url='https://two.example/simple'\n"
  expect(uvEnvFromPipConfig(list, {})).toEqual({ UV_DEFAULT_INDEX: 'https://two.example/simple' })
  expect(uvEnvFromPipConfig(list, { UV_DEFAULT_INDEX: 'https://three.example' })).toEqual({})
  expect(withoutHosts('at https://user:pw@two.example/simple and https://pypi.org/simple')).toBe(
    'at https://<private index>/simple and https://pypi.org/simple',
  )
})

test('a release without the checksum of our file is refused', () => {
  const list = `${'a'.repeat(64)}  one.tar.gz\n${'b'.repeat(64)} *two.tar.gz\n`
  expect(checksumOf('two.tar.gz', list)).toBe('b'.repeat(64))
  expect(() => checksumOf('three.tar.gz', list)).toThrow('lists no checksum')
})
