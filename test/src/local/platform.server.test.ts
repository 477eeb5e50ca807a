import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { spawn } from 'node:child_process'
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { markedProcesses } from '../../../src/local/end-process'
import { applyPlatformEnv } from '../../../src/local/env'
import {
  attachPlatform,
  startPlatform,
  stopPlatform,
  type Platform,
  type ServiceName,
} from '../../../src/local/platform'
import { readRecord, writeRecord, type PlatformRecord } from '../../../src/local/platform-record'
import { identityOf } from '../../../src/local/process-identity'
import { runCommand } from '../../../src/local/setup/run-command'
import { packageRoot } from '../../../src/package-root'

jest.setTimeout(240_000)

const parent = mkdtempSync(join(tmpdir(), 'holdfast-platform-'))
/** As users call their folders, and worse: `#`, `?` and `%41` have a meaning in a URI. */
const dataDir = join(parent, 'my project #1 (50%41?) 映画')
const services: ServiceName[] = ['temporal', 's3']
if (existsSync(join(packageRoot(), 'dist/src/local/sagemaker/main.js'))) services.push('sagemaker')
const platforms: Platform[] = []

async function start(onProgress: (line: string) => void = () => undefined): Promise<Platform> {
  const platform = await startPlatform({ dataDir, services, runner: 'scripted', onProgress })
  platforms.push(platform)
  return platform
}

function kept(): PlatformRecord {
  const record = readRecord(dataDir)
  if (!record) throw new Error('no record')
  return record
}

afterAll(async () => {
  for (const platform of platforms) await platform.stop()
  rmSync(parent, { recursive: true, force: true })
})

function s3Of(platform: Platform): S3Client {
  const { env } = platform
  return new S3Client({
    region: env['AWS_REGION'] ?? '',
    endpoint: env['AWS_ENDPOINT_URL_S3'] ?? '',
    forcePathStyle: true,
    credentials: {
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  })
}

function temporal(platform: Platform, args: string[]): Promise<string> {
  const command = readRecord(dataDir)?.binaries.temporalCli ?? ''
  const address = ['--address', platform.env['TEMPORAL_ADDRESS'] ?? '', '--namespace', 'default']
  return runCommand({ command, args: [...args, ...address], timeoutMs: 60_000 })
}

test('a killed service comes back on the same port with its data, and stop leaves no process', async () => {
  const platform = await start()
  const id = readRecord(dataDir)?.id ?? ''
  expect(statSync(join(dataDir, 'platform.json')).mode & 0o777).toBe(0o600)
  expect(statSync(join(dataDir, 'secret')).mode & 0o777).toBe(0o600)

  await s3Of(platform).send(new CreateBucketCommand({ Bucket: 'kept' }))
  await s3Of(platform).send(
    new PutObjectCommand({ Bucket: 'kept', Key: 'a/b', Body: 'still here' }),
  )
  await temporal(platform, [
    'workflow',
    'start',
    '--type',
    'none',
    '--task-queue',
    'none',
    '--workflow-id',
    'kept',
  ])

  for (const name of services) {
    const before = { ...platform.services[name] }
    await platform.kill(name)
    expect(identityOf(before.pid)).not.toBe(before.identity)
    await platform.start(name)
    expect(platform.services[name].address).toBe(before.address)
    expect(platform.services[name].pid).not.toBe(before.pid)
  }

  const got = await s3Of(platform).send(new GetObjectCommand({ Bucket: 'kept', Key: 'a/b' }))
  expect(await got.Body?.transformToString()).toBe('still here')
  expect(await temporal(platform, ['workflow', 'describe', '--workflow-id', 'kept'])).toContain(
    'kept',
  )

  const attached = await attachPlatform({ dataDir })
  expect(attached?.env).toEqual(platform.env)
  const env: NodeJS.ProcessEnv = { AWS_PROFILE: 'work', TEMPORAL_API_KEY: 'of the cloud' }
  expect(applyPlatformEnv({ dataDir, env })).toContain(dataDir)
  expect(env).toEqual(platform.env)

  // All of it lies there, and nothing beside it.
  expect(readdirSync(parent)).toEqual([basename(dataDir)])
  expect(existsSync(join(dataDir, 'temporal.db'))).toBe(true)

  await attached?.stop()
  expect(markedProcesses(`HOLDFAST_PLATFORM_ID=${id}\0`)).toEqual([])
  expect(await attachPlatform({ dataDir })).toBeUndefined()
  expect(applyPlatformEnv({ dataDir, env: {} })).toBeUndefined()
})

test('a platform whose disk is full can be stopped all the same', async () => {
  const platform = await start()
  const { services: running } = structuredClone(kept())
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
  })
  const writing = jest.spyOn(fs, 'writeFileSync').mockImplementation(() => {
    throw full
  })
  try {
    await platform.stop()
    expect(writing).toHaveBeenCalled()
  } finally {
    writing.mockRestore()
  }
  for (const service of Object.values(running))
    expect(service && identityOf(service.pid)).not.toBe(service?.identity)
})

test('a second start keeps ports and secret, and starts only what does not run', async () => {
  const first = await start()
  const env = { ...first.env }
  const temporalPid = first.services.temporal.pid
  await first.kill('s3')
  const second = await start()
  expect(second.env).toEqual(env)
  expect(second.services.temporal.pid).toBe(temporalPid)
  await second.stop()
})

test('what is ours and of another build is started again, and so is what does not answer', async () => {
  const first = await start()
  const before = structuredClone(first.services)
  const record = kept()
  if (!record.services.sagemaker) throw new Error('sagemaker-local was not built')
  record.services.sagemaker.stamp = 'of yesterday'
  writeRecord(dataDir, record)
  process.kill(before.s3.pid, 'SIGSTOP')
  const lines: string[] = []
  const second = await start((line) => lines.push(line))
  expect(second.services.temporal).toEqual(before.temporal)
  expect(second.services.sagemaker.pid).not.toBe(before.sagemaker.pid)
  expect(second.services.s3.pid).not.toBe(before.s3.pid)
  expect(lines).toContain('s3: does not answer, starting it again')
  expect(lines).toContain('sagemaker: is of another build or runner, starting it again')
})

test('a platform that another process has started again is stopped as it is, not as it was', async () => {
  const mine = await start()
  const theirs = await start()
  await theirs.kill('s3')
  await theirs.start('s3')
  const { pid } = theirs.services.s3
  await mine.stop()
  expect(identityOf(pid)).toBeUndefined()
  expect(kept().services).toEqual({})
})

test('a platform that was killed is not passed over for a real account, until it is stopped', async () => {
  const platform = await start()
  for (const name of services) await platform.kill(name)
  const env: NodeJS.ProcessEnv = {}
  expect(() => applyPlatformEnv({ dataDir, env })).toThrow(
    expect.objectContaining({ code: 'E_PLATFORM_DOWN' }) as Error,
  )
  expect(applyPlatformEnv({ dataDir, env, mayBeDown: true })).toBeUndefined()
  for (const meant of [{ HOLDFAST_LOCAL: '0' }, { TEMPORAL_ADDRESS: 'elsewhere:7233' }])
    expect(applyPlatformEnv({ dataDir, env: meant })).toBeUndefined()
  expect(await stopPlatform({ dataDir })).toBe(true)
  expect(applyPlatformEnv({ dataDir, env })).toBeUndefined()
  expect(env).toEqual({})
  expect(await stopPlatform({ dataDir })).toBe(false)
})

test('the runner that was asked for is kept until the stop, and then chosen anew with its Python', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-platform-runner-'))
  const up = async (runner?: 'scripted'): Promise<string | undefined> => {
    await startPlatform({ dataDir: folder, services: ['sagemaker'], ...(runner ? { runner } : {}) })
    return readRecord(folder)?.runner
  }
  try {
    expect(await up('scripted')).toBe('scripted')
    expect(await up()).toBe('scripted')
    await stopPlatform({ dataDir: folder })
    expect(await up()).toMatch(/^(toolkit|built-in)$/)
    expect(readRecord(folder)?.env['HOLDFAST_PYTHON']).toBeDefined()
  } finally {
    await stopPlatform({ dataDir: folder })
    rmSync(folder, { recursive: true, force: true })
  }
})

test('stop ends the jobs that outlived sagemaker-local and all other services', async () => {
  const platform = await start()
  const run = join(dataDir, 'sagemaker', 'jobs', 'some-job', 'run-1')
  mkdirSync(run, { recursive: true })
  const job = spawn('sleep', ['300'], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, HOLDFAST_RUN: run },
  })
  const gone = new Promise<string | null>((resolve) =>
    job.once('exit', (_, signal) => resolve(signal)),
  )
  const started =
    readFileSync(`/proc/${String(job.pid)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ')[19] ?? ''
  for (const name of ['shim', 'main'])
    writeFileSync(join(run, name), `${String(job.pid)}\n${started}\n`)
  for (const name of services) await platform.kill(name)
  expect(await stopPlatform({ dataDir })).toBe(true)
  expect(await gone).toMatch(/^SIG(TERM|KILL)$/)
})

test('a recorded process id that belongs to another process now is never signalled', async () => {
  const platform = await start()
  await platform.kill('s3')
  const bystander = spawn('sleep', ['300'], { stdio: 'ignore' })
  const record = readRecord(dataDir)
  const s3 = record?.services.s3
  if (!record || !s3) throw new Error('no record')
  writeRecord(dataDir, {
    ...record,
    services: { ...record.services, s3: { ...s3, pid: bystander.pid ?? 0 } },
  })
  const attached = await attachPlatform({ dataDir })
  await attached?.kill('s3')
  await attached?.stop()
  expect(identityOf(bystander.pid ?? 0)).toBeDefined()
  bystander.kill('SIGKILL')
})

test('a service that cannot start is named with the end of its log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-platform-bad-'))
  const binary = join(folder, 'versitygw')
  writeFileSync(binary, '#!/bin/sh\necho cannot open the store\nexit 1\n', { mode: 0o755 })
  const before = process.env['HOLDFAST_VERSITYGW']
  process.env['HOLDFAST_VERSITYGW'] = binary
  try {
    const starting = startPlatform({ dataDir: join(folder, 'data'), services: ['s3'] })
    await expect(starting).rejects.toMatchObject({
      code: 'E_SERVICE_START',
      what: expect.stringContaining('cannot open the store') as string,
    })
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700)
  } finally {
    if (before === undefined) delete process.env['HOLDFAST_VERSITYGW']
    else process.env['HOLDFAST_VERSITYGW'] = before
    rmSync(folder, { recursive: true, force: true })
  }
})
