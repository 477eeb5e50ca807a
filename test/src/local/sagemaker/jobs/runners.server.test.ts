import { execFile } from 'node:child_process'
import { mkdtemp, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import type { JobRecord, RunnerName } from '../../../../../src/local/sagemaker/jobs/job'
import { pythonTools } from '../../../../../src/local/sagemaker/jobs/job-command'
import { makeJobPython } from '../../../../../src/local/sagemaker/jobs/job-python'
import { bucket, ended, runnerHere, startFixture, trainingRequest, type Fixture } from './fixture'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
}, 180_000)
afterAll(() => fixture.close(), 180_000)

const probe = `
import json, os, sys
print("PROBE " + json.dumps({"argv": sys.argv, "env": dict(os.environ), "cwd": os.getcwd()}))
code = dict(zip(sys.argv[1::2], sys.argv[2::2])).get("--code", "0")
sys.exit(int(code))
`

const run = promisify(execFile)

/** A package of one module that knows its version. */
async function wheel(version: number): Promise<string> {
  const file = join(fixture.dataDir, `holdfast_tiny-${version}-py3-none-any.whl`)
  const script = `
import sys, zipfile
file, version = sys.argv[1:]
info = "holdfast_tiny-%s.dist-info/" % version
with zipfile.ZipFile(file, "w") as z:
    z.writestr("holdfast_tiny.py", "version = %s" % version)
    z.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: holdfast-tiny\\nVersion: %s\\n" % version)
    z.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    z.writestr(info + "RECORD", "holdfast_tiny.py,,\\n%sMETADATA,,\\n%sWHEEL,,\\n%sRECORD,,\\n" % (info, info, info))
`
  await run(pythonTools().python, ['-c', script, file, String(version)])
  return file
}

/** A stand-in for the shared environment that a test may change, with version 1 of the package. */
async function sharedPython(): Promise<string> {
  const { python, train, hasToolkit } = pythonTools()
  const folder = await mkdtemp(join(fixture.dataDir, 'shared-'))
  await makeJobPython({ folder, python })
  const shared = join(folder, 'bin', 'python')
  if (hasToolkit) await symlink(train, join(folder, 'bin', 'train'))
  const args = ['-m', 'pip', 'install', '--no-index', '--no-deps', await wheel(1)]
  await run(shared, args)
  return shared
}

interface Seen {
  argv: string[]
  env: Record<string, string>
  cwd: string
}

async function runUnder(
  runner: RunnerName,
  request: ReturnType<typeof trainingRequest>,
): Promise<{ job: JobRecord; seen: Seen }> {
  const engine = await fixture.engine({ runner })
  const name = String(request.request.TrainingJobName)
  const before = (await fixture.logs(name).catch(() => [])).length
  const job = await ended(engine, await engine.create(request))
  const lines = (await fixture.logs(name)).slice(before)
  await engine.remove(job)
  const line = lines.find((text) => text.startsWith('PROBE '))
  if (!line)
    throw new Error(`no probe under ${runner}: ${job.failureReason ?? ''}\n${lines.join('\n')}`)
  return { job, seen: JSON.parse(line.slice('PROBE '.length)) as Seen }
}

test('the built-in runner gives a script the arguments and environment of the toolkit', async () => {
  await fixture.put('data/train/a.txt', 'a')
  const request = trainingRequest({
    name: 'probe',
    source: await fixture.source('probe', { 'train.py': probe }),
    hyperparameters: {
      epochs: 3,
      e: 1,
      fp16: true,
      off: false,
      nothing: null,
      learning_rate: 5e-5,
      'per-device': 'x y',
      list: [1, 'two', null, 2.5],
      nested: { b: { c: true }, a: "it's" },
      accents: 'é "q" \\',
      huge: 12345678901234,
      model_dir: '/opt/ml/model',
      sagemaker_other: 'kept out of the arguments',
      sagemaker_instance_type: 'ml.p3.2xlarge',
    },
    extra: { Environment: { MY_OWN: 'value', HF_TASK: 'text-classification' } },
  })
  const hyperparameters = request.request.HyperParameters as Record<string, string>
  Object.assign(hyperparameters, {
    ratio: '1.0',
    tiny: '1e-07',
    raw: 'not json',
    nan: 'NaN',
    bigger: '123456789012345678901234567890',
  })
  request.request.InputDataConfig = ['train', 'validation'].map((ChannelName) => ({
    ChannelName,
    ContentType: 'text/plain',
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/data/train` } },
  }))
  // Without the toolkit the built-in runner is compared with itself, and only the rest is checked.
  if (runnerHere !== 'toolkit')
    process.stdout.write('the toolkit is not installed here: the runners are not compared\n')
  const toolkit = await runUnder('toolkit', request)
  const builtIn = await runUnder('built-in', request)

  expect(toolkit.job).toMatchObject({ runner: runnerHere, status: 'Completed' })
  expect(builtIn.job).toMatchObject({ runner: 'built-in', status: 'Completed' })
  expect(toolkit.seen.argv).toEqual(
    expect.arrayContaining(['--fp16', 'True', '--learning_rate', '5e-05', '-e', '--ratio', '1.0']),
  )
  expect(builtIn.seen.argv).toEqual(toolkit.seen.argv)
  expect(builtIn.seen.env).toEqual(toolkit.seen.env)
  expect(builtIn.seen.cwd).toBe(toolkit.seen.cwd)
  expect(toolkit.seen.env).toMatchObject({
    SM_CHANNELS: '["train","validation"]',
    MY_OWN: 'value',
    TRAINING_JOB_NAME: 'probe',
    SAGEMAKER_JOB_NAME: 'probe',
  })
}, 180_000)

test.each(['toolkit', 'built-in'] as const)(
  'what requirements.txt asks for is installed for the job alone (%s)',
  async (runner) => {
    const kept = process.env.HOLDFAST_PYTHON
    const shared = await sharedPython()
    process.env.HOLDFAST_PYTHON = shared
    try {
      const engine = await fixture.engine({ runner })
      const source = await fixture.source(`needs-${runner}`, {
        'train.py': 'import holdfast_tiny\nprint("tiny", holdfast_tiny.version)\n',
        'requirements.txt': './holdfast_tiny-2-py3-none-any.whl\n',
        'holdfast_tiny-2-py3-none-any.whl': await readFile(await wheel(2)),
      })
      const job = await ended(
        engine,
        await engine.create(trainingRequest({ name: `needs-${runner}`, source })),
      )
      expect(job).toMatchObject({ status: 'Completed' })
      expect(await fixture.logs(job.name)).toContain('tiny 2')
      const version = await run(shared, ['-c', 'import holdfast_tiny as t; print(t.version)'])
      expect(version.stdout).toBe('1\n')
    } finally {
      if (kept === undefined) delete process.env.HOLDFAST_PYTHON
      else process.env.HOLDFAST_PYTHON = kept
    }
  },
  240_000,
)

test('a job has no token that its request does not give', async () => {
  const outside = {
    HF_TOKEN: 'outside',
    HUGGING_FACE_HUB_TOKEN: 'outside',
    PIP_TARGET: '/outside',
    PIP_INDEX_URL: 'https://user:outside@127.0.0.1/simple',
    HF_HUB_OFFLINE: '1',
  }
  const before = { ...process.env }
  Object.assign(process.env, outside)
  try {
    const source = await fixture.source('probe', { 'train.py': probe })
    const bare = await runUnder('built-in', trainingRequest({ name: 'probe', source }))
    expect(JSON.stringify(bare.seen.env)).not.toContain('outside')
    expect(bare.seen.env.HF_HUB_OFFLINE).toBe('1')
    const Environment = { HF_TOKEN: 'given' }
    const request = trainingRequest({ name: 'given', source, extra: { Environment } })
    expect((await runUnder('built-in', request)).seen.env.HF_TOKEN).toBe('given')
  } finally {
    for (const name of Object.keys(outside)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}, 180_000)

test('both runners report a failing script in the same words', async () => {
  const request = trainingRequest({
    name: 'probe',
    source: `s3://${bucket}/source/probe/sourcedir.tar.gz`,
    hyperparameters: { code: 7 },
  })
  const toolkit = await runUnder('toolkit', request)
  const builtIn = await runUnder('built-in', request)
  expect(builtIn.job.failureReason).toBe(toolkit.job.failureReason)
}, 180_000)

test('the built-in runner refuses a source archive that leads out of its folder', async () => {
  const { Header } = await import('tar')
  const { gzipSync } = await import('node:zlib')
  const block = Buffer.alloc(512)
  new Header({
    path: '../outside.py',
    size: 0,
    type: 'File',
    mode: 0o644,
    mtime: new Date(0),
  }).encode(block)
  await fixture.put('source/hostile.tar.gz', gzipSync(Buffer.concat([block, Buffer.alloc(1024)])))
  const engine = await fixture.engine({ runner: 'built-in' })
  const job = await ended(
    engine,
    await engine.create(
      trainingRequest({ name: 'hostile', source: `s3://${bucket}/source/hostile.tar.gz` }),
    ),
  )
  expect(job.failureReason).toMatch(
    /^ClientError: the source archive cannot be unpacked: .*leads out of the source folder/,
  )
}, 180_000)

test('scripted jobs run no process, say so, and end as their hyperparameters ask', async () => {
  const engine = await fixture.engine({ runner: 'scripted' })
  const jobs = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      engine.create(
        trainingRequest({
          name: `s-${index}`,
          source: 'none',
          hyperparameters: { scripted_seconds: 0.2, scripted_exit_code: index % 2 },
        }),
      ),
    ),
  )
  const all = await Promise.all(jobs.map((job) => ended(engine, job)))
  expect(all.filter((job) => job.status === 'Completed')).toHaveLength(50)
  expect(all.filter((job) => job.failureReason?.startsWith('AlgorithmError: '))).toHaveLength(50)
  expect(new Set(all.map((job) => job.runner))).toEqual(new Set(['scripted']))
}, 180_000)
