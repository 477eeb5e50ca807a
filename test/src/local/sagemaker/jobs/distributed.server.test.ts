import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { CreateTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker'
import { extract } from 'tar'

import type { RunnerName } from '../../../../../src/local/sagemaker/jobs/job'
import { startSagemakerServer } from '../../../../../src/local/sagemaker/server'
import {
  account,
  bucket,
  ended,
  passed,
  processesWith,
  region,
  runnerHere,
  startFixture,
  trainingRequest,
  until,
  type Fixture,
} from './fixture'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture()
}, 180_000)
afterAll(() => fixture.close(), 180_000)

const cluster = (InstanceCount: number, InstanceType = 'ml.p3.2xlarge') => ({
  ResourceConfig: { InstanceType, InstanceCount, VolumeSizeInGB: 30 },
})

interface Channel {
  name: string
  uri: string
  source?: Record<string, unknown>
  more?: Record<string, unknown>
}

const channels = (...all: Channel[]) => ({
  InputDataConfig: all.map(({ name, uri, source = {}, more = {} }) => ({
    ChannelName: name,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/${uri}`, ...source },
    },
    ...more,
  })),
})

/** Prints what the container gave it, and writes under its host's name. */
const probe = `
import json, os, sys
data = os.path.join(os.environ["SM_INPUT_DIR"], "data")
seen = {c: sorted(os.listdir(os.path.join(data, c))) for c in sorted(os.listdir(data))}
host = os.environ["SM_CURRENT_HOST"]
for folder in ("SM_MODEL_DIR", "SM_OUTPUT_DATA_DIR"):
    for name in (host, "same"):
        open(os.path.join(os.environ[folder], name), "w").write(host)
print("PROBE " + json.dumps({"argv": sys.argv, "env": dict(os.environ), "channels": seen}))
`

interface Seen {
  argv: string[]
  env: Record<string, string>
  channels: Record<string, string[]>
}

async function seenBy(name: string, stream?: string): Promise<Seen[]> {
  const lines = (await fixture.logs(name, stream)).filter((line) => line.startsWith('PROBE '))
  return lines.map((line) => JSON.parse(line.slice('PROBE '.length)) as Seen)
}

async function archive(key: string): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-archive-'))
  try {
    const file = join(folder, 'archive.tar.gz')
    await writeFile(file, await fixture.get(key))
    await extract({ file, cwd: folder })
    const names = (await readdir(folder)).filter((name) => name !== 'archive.tar.gz')
    const texts = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])
    return Object.fromEntries(await Promise.all(texts)) as Record<string, string>
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test.each(['toolkit', 'built-in'] as const)(
  'each of two instances has its own tree, its own name and its own log (%s)',
  async (runner) => {
    const name = `pair-${runner}`
    const engine = await fixture.engine({ runner })
    const source = await fixture.source('probe', { 'train.py': probe })
    const job = await ended(
      engine,
      await engine.create(trainingRequest({ name, source, extra: cluster(2) })),
    )
    expect(job).toMatchObject({ status: 'Completed', exitCode: 0 })
    const [first, second] = await seenBy(name)
    expect(first?.env).toMatchObject({
      SM_HOSTS: '["algo-1","algo-2"]',
      SM_CURRENT_HOST: 'algo-1',
      SM_CURRENT_INSTANCE_TYPE: 'ml.p3.2xlarge',
      SM_CURRENT_INSTANCE_GROUP: 'homogeneousCluster',
      SM_CURRENT_INSTANCE_GROUP_HOSTS: '["algo-1","algo-2"]',
      SM_NETWORK_INTERFACE_NAME: 'eth0',
      MASTER_ADDR: '127.0.0.1',
    })
    expect(second?.env).toMatchObject({ SM_CURRENT_HOST: 'algo-2', CURRENT_HOST: 'algo-2' })
    expect(second?.env.MASTER_PORT).toBe(first?.env.MASTER_PORT)
    const folder = join(fixture.dataDir, 'sagemaker', 'logs', '%2Faws%2Fsagemaker%2FTrainingJobs')
    const streams = (await readdir(folder)).filter((file) => file.startsWith(`${name}%2F`)).sort()
    const epoch = job.logStreams[0]?.split('-').at(-1) ?? ''
    expect(streams).toEqual(['algo-1', 'algo-2'].map((host) => `${name}%2F${host}-${epoch}.ndjson`))
    // The names of both hosts are in one archive; where they clash, the first host's file stays.
    const both = { 'algo-1': 'algo-1', 'algo-2': 'algo-2', same: 'algo-1' }
    expect(await archive(`out/${name}/output/model.tar.gz`)).toEqual(both)
    expect(await archive(`out/${name}/output/output.tar.gz`)).toEqual(both)
  },
  180_000,
)

test('the built-in runner gives each of two instances the environment of the toolkit', async () => {
  if (runnerHere !== 'toolkit')
    process.stdout.write('the toolkit is not installed here: the runners are not compared\n')
  const source = await fixture.source('probe', { 'train.py': probe })
  const of = async (runner: RunnerName): Promise<Seen[]> => {
    const engine = await fixture.engine({ runner })
    const request = trainingRequest({ name: 'same', source, extra: cluster(2) })
    const job = await ended(engine, await engine.create(request))
    await engine.remove(job)
    return (await seenBy('same', job.logStreams[0])).map((seen) => {
      expect(seen.env.MASTER_PORT).toBe(String(job.masterPort))
      return { ...seen, env: { ...seen.env, MASTER_PORT: '', PET_MASTER_PORT: '' } }
    })
  }
  const toolkit = await of('toolkit')
  const builtIn = await of('built-in')
  expect(toolkit).toHaveLength(2)
  expect(builtIn).toEqual(toolkit)
}, 240_000)

test('a channel is replicated, sharded by key, or kept to its instance groups', async () => {
  for (const letter of 'abcde') await fixture.put(`letters/${letter}`, letter)
  await fixture.put(
    'letters.manifest',
    JSON.stringify([{ prefix: `s3://${bucket}/letters/` }, 'b', 'd']),
  )
  const engine = await fixture.engine()
  const group = (InstanceGroupName: string, InstanceType: string, InstanceCount: number) => ({
    InstanceGroupName,
    InstanceType,
    InstanceCount,
  })
  const request = trainingRequest({
    name: 'groups',
    source: await fixture.source('probe', { 'train.py': probe }),
    extra: {
      ResourceConfig: {
        InstanceGroups: [group('readers', 'ml.c5.xlarge', 1), group('gpu', 'ml.p3.2xlarge', 2)],
        VolumeSizeInGB: 30,
      },
      ...channels(
        { name: 'all', uri: 'letters/', more: { InputMode: 'FastFile' } },
        {
          name: 'shards',
          uri: 'letters/',
          source: { S3DataDistributionType: 'ShardedByS3Key', InstanceGroupNames: ['gpu'] },
        },
        { name: 'listed', uri: 'letters.manifest', source: { S3DataType: 'ManifestFile' } },
      ),
    },
  })
  const job = await ended(engine, await engine.create(request))
  expect(job).toMatchObject({ status: 'Completed' })
  const seen = await seenBy('groups')
  const all = ['a', 'b', 'c', 'd', 'e']
  expect(seen.map((host) => host.channels)).toEqual([
    { all, listed: ['b', 'd'] },
    { all, listed: ['b', 'd'], shards: ['a', 'c', 'e'] },
    { all, listed: ['b', 'd'], shards: ['b', 'd'] },
  ])
  expect(seen.map(({ env }) => [env.SM_CURRENT_INSTANCE_GROUP, env.SM_CHANNELS])).toEqual([
    ['readers', '["all","listed"]'],
    ['gpu', '["all","listed","shards"]'],
    ['gpu', '["all","listed","shards"]'],
  ])
  expect(seen[2]?.env).toMatchObject({
    SM_IS_HETERO: 'true',
    SM_CURRENT_INSTANCE_TYPE: 'ml.p3.2xlarge',
    SM_CURRENT_INSTANCE_GROUP_HOSTS: '["algo-2","algo-3"]',
  })
  expect((await fixture.logs('groups')).join('\n')).toContain(
    'FastFile channels are downloaded before the start, as in File mode: all',
  )
}, 180_000)

test('one instance that fails ends the job with its reason, and the others with it', async () => {
  const engine = await fixture.engine()
  const first = fixture.gate('algo-1-is-up')
  const source = await fixture.source('one-fails', {
    'train.py': `${passed}
import os, sys, time
print("up on", os.environ["SM_CURRENT_HOST"], flush=True)
if os.environ["SM_CURRENT_HOST"] == "algo-1":
    open("${first.path}", "w").close()
    time.sleep(500)
passed("${first.path}")
open(os.path.join(os.environ["SM_OUTPUT_DIR"], "failure"), "w").write("algo-2 has had enough")
sys.exit(3)
`,
  })
  const job = await ended(
    engine,
    await engine.create(trainingRequest({ name: 'one-fails', source, extra: cluster(2) })),
  )
  expect(job).toMatchObject({
    status: 'Failed',
    failedHost: 'algo-2',
    failureReason: 'AlgorithmError: algo-2 has had enough, exit code: 1',
  })
  expect(await fixture.logs('one-fails')).toEqual(
    expect.arrayContaining(['up on algo-1', 'up on algo-2']),
  )
  const folder = join(fixture.dataDir, 'sagemaker', 'jobs', 'one-fails')
  expect(await processesWith(folder)).toEqual([])
}, 180_000)

test('StopTrainingJob ends the processes of all instances', async () => {
  await fixture.scenario('timeScale: 1000\n')
  const engine = await fixture.engine()
  const source = await fixture.source('stopped', {
    'train.py': `
import os, time
open(os.path.join(os.environ["SM_MODEL_DIR"], os.environ["SM_CURRENT_HOST"]), "w").write("half")
print("up", flush=True)
time.sleep(500)
`,
  })
  const job = await engine.create(trainingRequest({ name: 'stopped', source, extra: cluster(3) }))
  await until(
    'all are up',
    async () => (await fixture.logs('stopped')).filter((line) => line === 'up').length === 3,
  )
  await engine.stop(job)
  expect(await ended(engine, job)).toMatchObject({ status: 'Stopped' })
  const folder = join(fixture.dataDir, 'sagemaker', 'jobs', 'stopped')
  expect(await processesWith(folder)).toEqual([])
  const model = await archive('out/stopped/output/model.tar.gz')
  expect(Object.keys(model).sort()).toEqual(['algo-1', 'algo-2', 'algo-3'])
}, 180_000)

test('the checkpoints of all instances share one prefix, and each deletes only its own there', async () => {
  await fixture.scenario(
    'rules:\n  - jobs: share\n    when: { logLine: "^ready algo-2" }\n    do: interrupt\n',
  )
  const engine = await fixture.engine()
  const all = fixture.gate('all-are-in-s3')
  const rest = fixture.gate('the-old-are-gone-from-s3')
  const source = await fixture.source('share', {
    'train.py': `${passed}
import os, time
host, root = os.environ["SM_CURRENT_HOST"], os.environ["SM_INPUT_DIR"].replace("/input", "/checkpoints")
found = sorted(os.listdir(root))
print("found", found, flush=True)
if not found:
    for name in (host, host + "-old"):
        open(os.path.join(root, name), "w").write(host)
    passed("${all.path}")
    os.unlink(os.path.join(root, host + "-old"))
    passed("${rest.path}")
    print("ready", host, flush=True)
    time.sleep(500)
`,
  })
  const request = trainingRequest({ name: 'share', source, spot: true, extra: cluster(2) })
  const created = await engine.create(request)
  const isThere = (count: number) => async () => (await fixture.keys('ckpt/share')).length === count
  await until('all are in S3', isThere(4))
  await all.open()
  await until('the old ones are gone from S3', isThere(2))
  await rest.open()
  const job = await ended(engine, created)
  expect(job).toMatchObject({ status: 'Completed', attempt: 2 })
  expect((await fixture.logs('share')).filter((line) => line.startsWith('found'))).toEqual([
    'found []',
    "found ['algo-1', 'algo-2']",
    'found []',
    "found ['algo-1', 'algo-2']",
  ])
  expect(await fixture.keys('ckpt/share')).toEqual(['ckpt/share/algo-1', 'ckpt/share/algo-2'])
}, 180_000)

const refusals: {
  what: string
  hyperparameters?: Record<string, unknown>
  extra?: Record<string, unknown>
  said: RegExp
}[] = [
  {
    what: 'smdistributed data parallel',
    hyperparameters: { sagemaker_distributed_dataparallel_enabled: true },
    said: /licensed for AWS.*run the job on SageMaker itself.*torch_distributed/,
  },
  {
    what: 'smdistributed model parallel',
    hyperparameters: { sagemaker_mpi_enabled: true, mp_parameters: { partitions: 2 } },
    said: /smdistributed\.modelparallel.*run the job on SageMaker itself/,
  },
  { what: 'MPI', hyperparameters: { sagemaker_mpi_enabled: true }, said: /mpirun/ },
  {
    what: 'a parameter server',
    hyperparameters: { sagemaker_parameter_server_enabled: true },
    said: /TensorFlow/,
  },
  { what: 'a cluster of nine', extra: cluster(9), said: /at most 8 instances/ },
  {
    what: 'Pipe mode',
    extra: channels({ name: 'train', uri: 'letters/', more: { InputMode: 'Pipe' } }),
    said: /channel train: Pipe mode/,
  },
  {
    what: 'an augmented manifest',
    extra: channels({ name: 'train', uri: 'm', source: { S3DataType: 'AugmentedManifestFile' } }),
    said: /channel train: AugmentedManifestFile/,
  },
  {
    what: 'a file system',
    extra: {
      InputDataConfig: [
        {
          ChannelName: 'fsx',
          DataSource: {
            FileSystemDataSource: {
              FileSystemId: 'fs-0123456789a',
              FileSystemAccessMode: 'ro',
              FileSystemType: 'FSxLustre',
              DirectoryPath: '/fsx',
            },
          },
        },
      ],
    },
    said: /channel fsx: there is no FSx or EFS/,
  },
]

test('what cannot run here is refused by CreateTrainingJob, with the reason', async () => {
  const engine = await fixture.engine()
  const credentials = { accessKeyId: account, secretAccessKey: 'local-secret' }
  const { dataDir } = fixture
  const scenario = { nextFault: () => undefined }
  const server = await startSagemakerServer({
    ...credentials,
    dataDir,
    engine,
    scenario,
    account,
    region,
    port: 0,
  })
  const client = new SageMakerClient({
    endpoint: `http://127.0.0.1:${server.port}`,
    region,
    credentials,
    maxAttempts: 1,
  })
  try {
    for (const { what, hyperparameters = {}, extra = {}, said } of refusals) {
      const { request } = trainingRequest({
        name: 'refused',
        source: `s3://${bucket}/source.tar.gz`,
        hyperparameters,
        extra: { RoleArn: `arn:aws:iam::${account}:role/local`, ...extra },
      })
      const command = new CreateTrainingJobCommand(request as never)
      const refusal: unknown = await client.send(command).catch((error: unknown) => error)
      expect({ what, refusal }).toMatchObject({ what, refusal: { name: 'ValidationException' } })
      expect((refusal as Error).message).toMatch(said)
      expect(engine.get({ kind: 'training', name: 'refused' })).toBeUndefined()
    }
  } finally {
    client.destroy()
    await server.close()
  }
}, 180_000)
