import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { markedProcesses } from '../../../src/local/end-process'
import { applyPlatformEnv } from '../../../src/local/env'
import {
  attachPlatform,
  startPlatform,
  type Platform,
  type ServiceName,
} from '../../../src/local/platform'
import { readRecord, writeRecord } from '../../../src/local/platform-record'
import { identityOf } from '../../../src/local/process-identity'
import { runCommand } from '../../../src/local/setup/run-command'
import { packageRoot } from '../../../src/package-root'

jest.setTimeout(90_000)

const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-platform-'))
const services: ServiceName[] = ['temporal', 's3']
if (existsSync(join(packageRoot(), 'dist/src/local/sagemaker/main.js'))) services.push('sagemaker')
const platforms: Platform[] = []

async function start(): Promise<Platform> {
  const platform = await startPlatform({ dataDir, services, runner: 'scripted' })
  platforms.push(platform)
  return platform
}

afterAll(async () => {
  for (const platform of platforms) await platform.stop()
  rmSync(dataDir, { recursive: true, force: true })
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
  return runCommand({ command, args: [...args, ...address], timeoutMs: 15_000 })
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
  const env: NodeJS.ProcessEnv = { AWS_PROFILE: 'work' }
  expect(applyPlatformEnv({ dataDir, env })).toContain(dataDir)
  expect(env).toEqual(platform.env)

  await attached?.stop()
  expect(markedProcesses(`HOLDFAST_PLATFORM_ID=${id}\0`)).toEqual([])
  expect(await attachPlatform({ dataDir })).toBeUndefined()
  expect(applyPlatformEnv({ dataDir, env: {} })).toBeUndefined()
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

test('stop ends the jobs that outlived sagemaker-local', async () => {
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
  await platform.stop()
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
  } finally {
    if (before === undefined) delete process.env['HOLDFAST_VERSITYGW']
    else process.env['HOLDFAST_VERSITYGW'] = before
    rmSync(folder, { recursive: true, force: true })
  }
})
