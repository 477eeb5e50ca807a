import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'

import { openRun } from '../../activities/open-run'
import { latestDatasetUri, preprocess } from '../../activities/preprocess'
import { resolveRevision } from '../../activities/resolve-revision'
import { upload, type Uploaded } from '../../activities/upload'
import { verifyInputs } from '../../activities/verify-inputs'
import { copyObjects } from '../../src/aws/copy-object'
import { createStorage } from '../../src/aws/storage'
import type { DatasetPipeline } from '../../src/config/has-dataset'
import { parseManifest } from '../../src/manifest'
import { wordLevel } from '../src/dataset/tiny-tokenizer'
import { pipeline as demo } from '../src/plan/pipeline'
import { account, startLocalAws, type LocalAws } from './local-aws'

/** Of the client's middleware: the part of a request that is looked at here. */
interface HttpRequest {
  method: string
  path: string
  headers: Record<string, string>
}

jest.setTimeout(300_000)

let local: LocalAws
let pipeline: DatasetPipeline
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local.stop())

/** A tiny dataset, model and script; each test has its own, so that no dataset is shared. */
beforeEach(async () => {
  const name = `inputs-${(made += 1)}`
  const folder = join(local.root, name)
  await mkdir(join(folder, 'model'), { recursive: true })
  await mkdir(join(folder, 'source'))
  const rows = Array.from(
    { length: 30 },
    (_, at) => `good film ${name} ${at},${at % 2 ? 'pos' : 'neg'}`,
  )
  await writeFile(join(folder, 'reviews.csv'), `text,label\n${rows.join('\n')}\n`)
  await writeFile(join(folder, 'model', 'tokenizer.json'), JSON.stringify(wordLevel))
  await writeFile(join(folder, 'model', 'config.json'), '{}')
  await writeFile(join(folder, 'source', 'train.py'), 'print("training")\n')
  pipeline = {
    ...demo,
    name,
    dataset: { ...demo.dataset, path: join(folder, 'reviews.csv'), split: { test: 0.2, seed: 7 } },
    model: { kind: 'directory', path: join(folder, 'model') },
    train: { ...demo.train, sourceDir: join(folder, 'source') },
  }
})
let made = 0
/** Of code that lies on this disk: no commit is pinned. */
const revision = { data: 'd', model: 'm', code: 'c', config: 'f' }

const siteOf = (runId: string) => local.site(`${pipeline.name}-${runId}`)
const prepare = (runId: string, changed = pipeline) =>
  local.inActivity(() => preprocess(local.deps, { site: siteOf(runId), pipeline: changed }))
async function prepareAndUpload(runId: string, changed = pipeline) {
  const prepared = await prepare(runId, changed)
  const uploaded = await local.inActivity(() =>
    upload(local.deps, { site: siteOf(runId), pipeline: changed, prepared, revision }),
  )
  return { prepared, uploaded, home: uploaded.dataset?.trainUri.replace(/\/train$/, '') ?? '' }
}

test('a dataset is staged, verified and sealed, its manifest last, and staging is cleared', async () => {
  const prepared = await prepare('first')
  expect(prepared.note).toMatch(/^tokenized 24 train and 6 test rows; no earlier dataset/)
  const home = `${siteOf('first').root}/datasets/${prepared.key}`
  expect(await local.storage.list(home)).toEqual([])

  const { uploaded } = await prepareAndUpload('first')
  const manifest = parseManifest(await local.storage.read(`${home}/manifest.json`))
  const listed = (await local.storage.list(home)).map(({ path }) => path).sort()
  expect(listed).toEqual([...manifest.files.map(({ path }) => path), 'manifest.json'].sort())
  for (const { path, sha256, size } of manifest.files)
    expect(await local.storage.hash(`${home}/${path}`)).toEqual({ sha256, size })
  expect(uploaded.dataset).toMatchObject({ trainUri: `${home}/train`, testUri: `${home}/test` })
  expect(await local.storage.list(prepared.stagedUri ?? '')).toEqual([])
})

test('with outputKmsKey code, shards and model are written under that key', async () => {
  const outputKmsKey = 'arn:aws:kms:us-east-1:111122223333:key/mine'
  const seen: { path: string; key: string | undefined }[] = []
  const record = 'recordWrites'
  local.aws.s3.middlewareStack.add(
    (next) => (args) => {
      const { method, path, headers } = args.request as HttpRequest
      if (method === 'PUT') {
        const kms = headers['x-amz-server-side-encryption'] === 'aws:kms'
        seen.push({
          path,
          key: kms ? headers['x-amz-server-side-encryption-aws-kms-key-id'] : undefined,
        })
      }
      return next(args)
    },
    { step: 'finalizeRequest', name: record },
  )
  try {
    const changed = { ...pipeline, train: { ...pipeline.train, estimator: { outputKmsKey } } }
    // A base model goes up once per content: the other tests' is there already.
    if (pipeline.model?.kind !== 'directory') throw new Error('the model is a directory here')
    await writeFile(join(pipeline.model.path, 'config.json'), '{"of": "this test alone"}')
    const { home } = await prepareAndUpload('kms', changed)
    expect(await local.storage.size(`${home}/manifest.json`)).toBeGreaterThan(0)
  } finally {
    local.aws.s3.middlewareStack.remove(record)
  }
  expect(seen.filter(({ key }) => key !== outputKmsKey)).toEqual([])
  for (const part of ['/staging/', '/datasets/', '/sourcedir.tar.gz', '/inputs/model/'])
    expect(seen.map(({ path }) => path).filter((path) => path.includes(part))).not.toEqual([])
})

test('a stream in several parts and a copy are written under the key too', async () => {
  const kmsKey = 'arn:aws:kms:us-east-1:111122223333:key/mine'
  const sent: object[] = []
  const record = 'recordInputs'
  local.aws.s3.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        const { SSEKMSKeyId: key } = args.input as { SSEKMSKeyId?: string }
        sent.push({ commandName, key })
        return next(args)
      },
    { step: 'initialize', name: record },
  )
  try {
    const storage = createStorage({ s3: local.aws.s3, owner: account, kmsKey })
    const { root } = siteOf('parts')
    const body = Readable.from([Buffer.alloc(9 << 20), Buffer.alloc(9 << 20)])
    await storage.uploadStream({ body, uri: `${root}/parts/large` })
    await copyObjects({
      ...{ s3: local.aws.s3, owner: account, kmsKey },
      objects: [{ from: `${root}/parts/large`, to: `${root}/parts/copy`, size: 18 << 20 }],
    })
    expect(await storage.size(`${root}/parts/copy`)).toBe(18 << 20)
  } finally {
    local.aws.s3.middlewareStack.remove(record)
  }
  expect(sent).toContainEqual({ commandName: 'CreateMultipartUploadCommand', key: kmsKey })
  expect(sent).toContainEqual({ commandName: 'CopyObjectCommand', key: kmsKey })
})

test('the same data is not tokenized again, and the second run says so', async () => {
  const first = await prepareAndUpload('a')
  const again = await prepareAndUpload('b')
  expect(again.prepared).toMatchObject({ key: first.prepared.key, stagedUri: null })
  expect(again.prepared.note).toContain('reused dataset')
  expect(again.uploaded.dataset?.trainUri).toBe(first.uploaded.dataset?.trainUri)
})

test('rows for validation are sealed beside the others, and the test rows stay the same', async () => {
  const two = await prepareAndUpload('two')
  const split = { ...pipeline.dataset.split, validation: 0.2 }
  const changed = { ...pipeline, dataset: { ...pipeline.dataset, split } }
  const three = await prepareAndUpload('three', changed)
  expect(three.prepared.note).toMatch(
    /^tokenized 18 train, 6 validation and 6 test rows; .*dataset\.split\.validation unset → 0\.2/,
  )
  expect(two.uploaded.dataset?.validationUri).toBeNull()
  expect(three.uploaded.dataset?.validationUri).toBe(`${three.home}/validation`)
  const manifest = parseManifest(await local.storage.read(`${three.home}/manifest.json`))
  expect(manifest['rows']).toEqual({ train: 18, validation: 6, test: 6 })
  const testRows = (home: string) => local.storage.hash(`${home}/test/data-00000-of-00001.arrow`)
  expect(await testRows(three.home)).toEqual(await testRows(two.home))

  const again = await prepareAndUpload('again', changed)
  expect(again.prepared.note).toContain('(18 train, 6 validation and 6 test rows')
  expect(again.uploaded.dataset?.validationUri).toBe(three.uploaded.dataset?.validationUri)
})

test('a changed option makes another dataset and is named', async () => {
  const { prepared } = await prepareAndUpload('a')
  const longer = { ...pipeline, preprocess: { ...pipeline.preprocess, maxLength: 64 } }
  const other = await prepare('b', longer)
  expect(other.key).not.toBe(prepared.key)
  expect(other.note).toMatch(/changed since the last: .*maxLength.*48 → 64/)
})

test('what only explains a miss may be damaged: the dataset is made all the same', async () => {
  const { prepared } = await prepareAndUpload('before')
  const site = siteOf('damaged')
  await local.storage.write(latestDatasetUri({ site, pipeline }), '{"parts":')
  const longer = { ...pipeline, preprocess: { ...pipeline.preprocess, maxLength: 32 } }
  const other = await prepare('damaged', longer)
  expect(other.key).not.toBe(prepared.key)
  expect(other.note).toContain('what was kept of the earlier dataset is damaged')
})

test('a shard tampered with in staging is refused, and nothing is sealed', async () => {
  const prepared = await prepare('evil')
  const shards = await local.storage.list(prepared.stagedUri ?? '')
  const shard = shards.find(({ path }) => path.startsWith('train/data-'))
  const bytes = await local.storage.read(shard?.uri ?? '')
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  await local.storage.write(shard?.uri ?? '', bytes)

  const site = siteOf('evil')
  await expect(
    local.inActivity(() => upload(local.deps, { site, pipeline, prepared, revision })),
  ).rejects.toMatchObject({ code: 'E_ARTIFACT_INVALID' })
  const manifest = `${site.root}/datasets/${prepared.key}/manifest.json`
  expect(await local.storage.size(manifest)).toBeNull()
  // The next run stages and seals it afresh.
  await prepareAndUpload('honest')
  expect(await local.storage.size(manifest)).not.toBeNull()
})

test('uploading again after a try that died changes nothing', async () => {
  const { prepared, uploaded } = await prepareAndUpload('again')
  // Manifests tell when they were written, so their bytes may differ.
  const names = async () =>
    (await local.storage.list(siteOf('again').root)).map(({ uri, size }) => [uri, size])
  const before = await names()
  const second = await local.inActivity(() =>
    upload(local.deps, { site: siteOf('again'), pipeline, prepared, revision }),
  )
  expect(second).toEqual(uploaded)
  expect(await names()).toEqual(before)
})

test('two runs that seal the same dataset at once both succeed', async () => {
  const homes = await Promise.all(['one', 'two'].map((runId) => prepareAndUpload(runId)))
  expect(homes[0]?.home).toBe(homes[1]?.home)
})

test('code and base model go up once per content', async () => {
  const first = await prepareAndUpload('code')
  const { codeUri, modelUri } = first.uploaded
  expect(codeUri).toMatch(/\/source\/[0-9a-f]{64}\/sourcedir\.tar\.gz$/)
  expect((await prepareAndUpload('code')).uploaded.codeUri).toBe(codeUri)
  expect((await prepareAndUpload('other')).uploaded.modelUri).toBe(modelUri)
  expect(await local.storage.size(`${modelUri}/tokenizer.json`)).toBeGreaterThan(0)

  await writeFile(join(pipeline.train.sourceDir, 'train.py'), 'print("changed")\n')
  expect((await prepareAndUpload('code')).uploaded.codeUri).not.toBe(codeUri)
})

test('a dataset with an empty text is refused, and nothing is staged', async () => {
  const path = pipeline.dataset.path
  await writeFile(path, `${await readFile(path, 'utf8')},pos\n`)
  await expect(prepare('bad')).rejects.toThrow(/empty text: 1/)
  expect(await local.storage.list(`${siteOf('bad').root}/staging/${siteOf('bad').runId}`)).toEqual(
    [],
  )
})

/** Token classification, as somebody prepared it with the datasets library; written, or read back. */
const ownRows = `
import json, sys
from datasets import ClassLabel, Dataset, DatasetDict, Features, Sequence, Value, load_from_disk

verb, path, name = sys.argv[1:4]
if verb == "read":
    rows = load_from_disk(path)
    print(json.dumps([rows.features["labels"].feature.names, rows["labels"][:], rows["shop"][:]]))
    sys.exit()
tags = Sequence(ClassLabel(names=["O", "B-PER", "I-PER"]))
features = Features({"input_ids": Sequence(Value("int32")), "labels": tags, "shop": Value("string")})
row = {"input_ids": [5, 6, 7], "labels": [1, 2, -100], "shop": name}
split = lambda count: Dataset.from_list([row] * count, features=features)
DatasetDict({"train": split(4), "validation": split(3), "test": split(2)}).save_to_disk(path)
`

describe('rows that somebody prepared', () => {
  const askPython = async (...args: string[]) =>
    (
      await promisify(execFile)(
        process.env['HOLDFAST_PYTHON'] ?? 'python3',
        ['-c', ownRows, ...args],
        { timeout: 120_000 },
      )
    ).stdout
  const own = (path: string): DatasetPipeline => ({
    ...pipeline,
    dataset: { ...pipeline.dataset, path, format: 'arrow' },
  })

  test('are verified and sealed as they are, from a folder or from S3, and load_from_disk reads them', async () => {
    const folder = join(local.root, `${pipeline.name}-own`)
    await askPython('write', folder, 'north')
    // What lies beside the splits does not count.
    await writeFile(join(folder, 'notes.txt'), 'mine')
    const { prepared, uploaded, home } = await prepareAndUpload('own', own(folder))
    expect(prepared.note).toMatch(/^took 9 files, 0\.0 MB as they were; no earlier dataset/)
    expect(uploaded.dataset).toMatchObject({
      ...{
        trainUri: `${home}/train`,
        validationUri: `${home}/validation`,
        testUri: `${home}/test`,
      },
    })
    const { files } = parseManifest(await local.storage.read(`${home}/manifest.json`))
    expect(files.map(({ path }) => path)).not.toContain('notes.txt')
    for (const { path, sha256 } of files) {
      const to = join(local.root, 'sealed', path)
      await mkdir(dirname(to), { recursive: true })
      await local.storage.downloadFile({ uri: `${home}/${path}`, path: to, sha256 })
    }
    expect(JSON.parse(await askPython('read', join(local.root, 'sealed', 'test'), ''))).toEqual([
      ['O', 'B-PER', 'I-PER'],
      [
        [1, 2, -100],
        [1, 2, -100],
      ],
      ['north', 'north'],
    ])

    // The same bytes are the same dataset, wherever they lie.
    const uri = `${siteOf('own').root}/elsewhere/${pipeline.name}`
    for (const { path } of files)
      await local.storage.uploadFile({ path: join(folder, path), uri: `${uri}/${path}` })
    const again = await prepare('again', own(`${uri}/`))
    expect(again).toMatchObject({ key: prepared.key, stagedUri: null })
    expect(again.note).toMatch(/^reused dataset .* \(9 files/)

    const looked = (path: string) =>
      local.inActivity(() => resolveRevision(local.deps, { pipeline: own(path) }))
    const { data } = await looked(folder)
    expect((await looked(folder)).data).toBe(data)
    await writeFile(join(folder, 'test', 'state.json'), '{}')
    expect((await looked(folder)).data).not.toBe(data)
    expect((await prepare('changed', own(folder))).note).toContain('dataset.path (content) changed')
  })

  test.each(['train', 'test'])('without %s/state.json are refused by name', async (split) => {
    const folder = join(local.root, `${pipeline.name}-own`)
    for (const each of ['train', 'test'].filter((name) => name !== split)) {
      await mkdir(join(folder, each), { recursive: true })
      await writeFile(join(folder, each, 'state.json'), '{}')
    }
    const error: unknown = await prepare('own', own(folder)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'E_DATA_LAYOUT', where: folder })
    expect((error as Error).message).toContain(`no ${split}/state.json`)
    await expect(prepare('s3', own(`${siteOf('own').root}/nothing`))).rejects.toMatchObject({
      code: 'E_DATA_LAYOUT',
    })
  })
})

test('the default bucket is made once, also by runs that start together', async () => {
  const open = (runId: string) =>
    openRun(local.deps, { runId, firstRunId: '0a1b2c3d-rest', pipeline })
  const sites = await Promise.all(['r1', 'r2', 'r3'].map(open))
  expect(new Set(sites.map(({ bucket }) => bucket))).toEqual(
    new Set([`sagemaker-us-east-1-${await local.deps.account()}`]),
  )
  expect((await open('r1')).run).toBe(`${sites[0]?.root}/runs/r1-0a1b2c3d`)
})

test('a bucket of another account is refused before anything is written to it', async () => {
  const open = (account: string, bucket?: string) =>
    openRun(
      { ...local.deps, account: () => Promise.resolve(account) },
      {
        runId: 'r',
        firstRunId: '0a1b2c3d',
        pipeline: { ...pipeline, storage: { prefix: 'p', ...(bucket ? { bucket } : {}) } },
      },
    )
  await expect(open('999988887777', siteOf('r').bucket)).rejects.toMatchObject({
    code: 'E_BUCKET_NOT_OURS',
  })
  await expect(open('111122223333', 'no-such-bucket')).rejects.toMatchObject({
    code: 'E_BUCKET_MISSING',
  })
})

test('without a dataset only the code goes up, and nothing is said of data', async () => {
  const { dataset, model, publish, ...bare } = pipeline
  expect([dataset, model, publish]).not.toContain(undefined)
  const uploaded = await local.inActivity(() =>
    upload(local.deps, { site: siteOf('bare'), pipeline: bare, prepared: null, revision }),
  )
  expect(uploaded).toMatchObject({ dataset: null, modelUri: null, note: 'code 0 KiB' })
  const { files } = parseManifest(await local.storage.read(`${siteOf('bare').run}/inputs.json`))
  expect(files.map(({ path }) => path)).toEqual([
    expect.stringMatching(/^source\/[0-9a-f]{64}\/sourcedir\.tar\.gz$/),
  ])
})

test('what a run is made from is recorded with its hashes, and found the same by them alone', async () => {
  const { uploaded, home } = await prepareAndUpload('whole')
  const { ingredients = [], codeUri, modelUri } = uploaded
  expect(ingredients.map(({ role, filesUri = null }) => [role, filesUri])).toEqual([
    ['code', null],
    ['evaluation script', null],
    ['dataset', home],
    ['base model', modelUri],
  ])
  expect(ingredients[0]?.uri).toBe(codeUri)
  for (const { uri, size, sha256 } of ingredients)
    expect(await local.storage.hash(uri)).toEqual({ size, sha256 })
  const { note } = await local.inActivity(() => verifyInputs(local.deps, { inputs: uploaded }))
  // The code, the script, the dataset's files and the model's two.
  const { files } = parseManifest(await local.storage.read(`${home}/manifest.json`))
  expect(note).toMatch(new RegExp(`^verified ${files.length + 4} recorded objects`))
})

test('everything that is missing is named at once, and so is all that was changed', async () => {
  const { uploaded, home } = await prepareAndUpload('missing')
  const look = (inputs: Uploaded) =>
    local.inActivity(() => verifyInputs(local.deps, { inputs })).catch((error: unknown) => error)
  const manifestUri = `${home}/manifest.json`
  const manifest = await local.storage.read(manifestUri)
  const testRows = `${home}/test/data-00000-of-00001.arrow`

  // Said by the manifest, and by nothing that an earlier version recorded.
  await local.storage.write(manifestUri, `${manifest.toString('utf8')} `)
  await local.storage.write(`${uploaded.modelUri}/config.json`, '{"of": "somebody else"}')
  const changed = await look(uploaded)
  expect(changed).toMatchObject({ code: 'E_ARTIFACT_INVALID' })
  expect(String(changed)).toContain(`dataset ${manifestUri}`)
  expect(String(changed)).toContain(`base model ${uploaded.modelUri}/config.json`)
  await local.storage.write(`${uploaded.modelUri}/config.json`, '{}')
  await local.storage.write(manifestUri, manifest)
  expect(await look(uploaded)).toHaveProperty('note')

  await local.storage.removeAll(uploaded.codeUri.replace('/sourcedir.tar.gz', ''))
  await local.storage.removeAll(`${home}/test`)
  const earlier = { ...uploaded }
  delete earlier.ingredients
  for (const inputs of [uploaded, earlier]) {
    const gone = await look(inputs)
    expect(gone).toMatchObject({ code: 'E_INGREDIENT_GONE' })
    expect(String(gone)).toContain(`code ${uploaded.codeUri}`)
    expect(String(gone)).toContain(`dataset ${testRows}`)
  }
})

test('inputs of another account are read from that account only, or from anybody’s when they are named', async () => {
  const { uploaded } = await prepareAndUpload('whose')
  const look = (given: object) =>
    local.inActivity(() => verifyInputs(local.deps, { inputs: { ...uploaded, ...given } }))
  await expect(look({ account: '999988887777' })).rejects.toThrow()
  for (const given of [{ account }, { account: null }])
    expect(await look(given)).toHaveProperty('note')
})
