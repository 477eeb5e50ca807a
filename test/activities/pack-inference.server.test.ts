/** A script and a model's archive become one archive, in the real S3 server. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { list } from 'tar'

import { packInference } from '../../activities/pack-inference'
import { uploadInferenceCode } from '../../src/client/upload-inference-code'
import type { Session } from '../../src/client/session'
import type { ResolvedDeployment } from '../../src/config/resolve-deploy'
import type { Packing, PackingSources } from '../../src/deploy/packing'
import { planRelease } from '../../src/deploy/plan-release'
import { tarGz } from '../src/a-tar'
import { account, bucket, startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(120_000)

const modelData = `s3://${bucket}/trained/model.tar.gz`

let local: LocalAws
let folder: string
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local?.stop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-serve-'))
  await mkdir(join(folder, 'serve'))
  await mkdir(join(folder, 'common'))
  await write('serve/inference.py', 'import words\n')
  await write('serve/words.py', '')
  await write('common/shared.py', '')
  await local.storage.write(modelData, archive('weights'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const write = (path: string, text: string) => writeFile(join(folder, path), text)

const archive = (weights: string) =>
  tarGz([
    { path: 'model.safetensors', body: weights },
    { path: 'code/old.py', body: '' },
  ])

const model = (over: object = {}): ResolvedDeployment['model'] => ({
  modelData,
  imageUri: 'image:1',
  entryPoint: 'inference.py',
  sourceDir: join(folder, 'serve'),
  dependencies: [join(folder, 'common')],
  codeLocation: `s3://${bucket}/packed`,
  ...over,
})

/** What is deployed with it, as the client freezes it. */
async function packing(over: object = {}): Promise<{ name: string; packing: Packing }> {
  const site = { account, region: 'us-east-1' }
  const given = model(over)
  const packing = (await uploadInferenceCode({
    session: { aws: local.aws } as Session,
    ...{ site, modelData },
    model: given,
  })) as PackingSources
  const release = planRelease({
    deployment: {
      model: given,
      deploy: { endpointName: 'reviews', instanceType: 'ml.m5.xlarge', initialInstanceCount: 1 },
    },
    ...{ site, packing, env: local.env },
  })
  expect(release.model.PrimaryContainer).toMatchObject({
    ModelDataUrl: release.packing?.into,
    Environment: {
      SAGEMAKER_PROGRAM: 'inference.py',
      SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code',
    },
  })
  return { name: release.name, packing: release.packing as Packing }
}

const pack = (one: Packing) =>
  local.inActivity(() =>
    packInference(local.deps, { site: { account, region: 'us-east-1' }, packing: one }),
  )

async function membersOf(uri: string): Promise<string[]> {
  const file = join(folder, 'packed.tar.gz')
  await local.storage.downloadFile({ uri, path: file })
  const members: string[] = []
  await list({ file, onReadEntry: (entry) => members.push(entry.path) })
  return members
}

test('model and script lie in one archive, with the hash that was recorded', async () => {
  const { packing: one } = await packing()
  const { uri, sha256, size, kept } = await pack(one)
  expect({ uri, kept }).toEqual({ uri: one.into, kept: false })
  expect(await local.storage.hash(uri)).toEqual({ sha256, size })
  expect(await membersOf(uri)).toEqual([
    ...['code/', 'code/inference.py', 'code/lib/', 'code/lib/common/', 'code/lib/common/shared.py'],
    ...['code/words.py', 'model.safetensors'],
  ])
})

test('the same inputs have one name, and are packed once', async () => {
  const first = await packing()
  const made = await pack(first.packing)
  const before = await local.storage.head(made.uri)
  const again = await packing()
  expect(again).toEqual(first)
  expect(await pack(again.packing)).toEqual({ ...made, kept: true })
  expect(await local.storage.head(made.uri)).toEqual(before)
})

test('another script, another folder or another archive is another version', async () => {
  const { name } = await packing()
  await write('serve/words.py', 'BETTER = 1\n')
  const script = await packing()
  await local.storage.write(modelData, archive('other weights'))
  const weights = await packing()
  const alone = await packing({
    sourceDir: undefined,
    entryPoint: join(folder, 'serve', 'inference.py'),
  })
  expect(new Set([name, script.name, weights.name, alone.name]).size).toBe(4)
  await pack(alone.packing)
  expect(await membersOf(alone.packing.into)).toContain('code/old.py')
})

test('code that lies in S3 already is laid over that of the archive, with the dependencies', async () => {
  const sourceDir = `s3://${bucket}/code/sourcedir.tar.gz`
  await local.storage.write(sourceDir, tarGz([{ path: 'inference.py', body: 'pass\n' }]))
  const { packing: one } = await packing({ sourceDir })
  await pack(one)
  expect(await membersOf(one.into)).toEqual(
    expect.arrayContaining(['code/inference.py', 'code/lib/common/shared.py', 'code/old.py']),
  )
})

test('a damaged archive is not served: it is packed anew, to the same bytes', async () => {
  const { packing: one } = await packing()
  const { uri, sha256 } = await pack(one)
  const bytes = await local.storage.read(uri)
  bytes[40] = (bytes[40] ?? 0) ^ 1
  await local.storage.write(uri, bytes)
  expect(await pack(one)).toMatchObject({ sha256, kept: false })
  expect((await local.storage.hash(uri)).sha256).toBe(sha256)
})

test('an archive that was replaced meanwhile is not packed under the old name', async () => {
  await write('serve/words.py', 'OF_THIS_TEST = 1\n')
  const { packing: one } = await packing()
  await local.storage.write(modelData, archive('replaced'))
  await expect(pack(one)).rejects.toMatchObject({ code: 'E_ARTIFACT_CHANGED', where: modelData })
  expect(await local.storage.size(one.into)).toBeNull()
})

test('what could not be served is refused before anything is uploaded', async () => {
  await mkdir(join(folder, 'serve', 'deep'))
  await write('serve/deep/inference.py', await readFile(join(folder, 'serve/words.py'), 'utf8'))
  await rm(join(folder, 'serve/inference.py'))
  const inFolder = packing({ entryPoint: 'deep/inference.py' })
  await expect(inFolder).rejects.toMatchObject({ code: 'E_ENTRY_POINT' })
  const gone = uploadInferenceCode({
    session: { aws: local.aws } as Session,
    site: { account, region: 'us-east-1' },
    model: model(),
    modelData: `s3://${bucket}/gone.tar.gz`,
  })
  await expect(gone).rejects.toMatchObject({ code: 'E_ARTIFACT_MISSING' })
})
