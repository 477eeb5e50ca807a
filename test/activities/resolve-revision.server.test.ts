import { mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { resolveRevision } from '../../activities/resolve-revision'
import type { DatasetPipeline } from '../../src/config/has-dataset'
import type { ResolvedPipeline } from '../../src/config/resolved-pipeline'
import type { Revision } from '../../src/nightly-state'
import { pipeline as demo } from '../src/plan/pipeline'
import { bucket, startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(120_000)

let local: LocalAws
let folder: string
let pipeline: DatasetPipeline
let made = 0
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local.stop())

/** Data, model and code of its own for each test. */
beforeEach(async () => {
  folder = join(local.root, `revision-${(made += 1)}`)
  await mkdir(join(folder, 'model', 'onnx'), { recursive: true })
  await mkdir(join(folder, 'source'))
  await Promise.all(
    ['reviews.csv', 'evaluate.py', 'shared.py', 'model/config.json', 'source/train.py'].map(
      (path) => writeFile(join(folder, path), `first ${path}\n`),
    ),
  )
  pipeline = {
    ...demo,
    dataset: { ...demo.dataset, path: join(folder, 'reviews.csv') },
    model: { kind: 'directory', path: join(folder, 'model') },
    train: {
      ...demo.train,
      sourceDir: join(folder, 'source'),
      dependencies: [join(folder, 'shared.py')],
    },
    evaluate: { ...demo.evaluate, entryPoint: join(folder, 'evaluate.py') },
  }
})

const resolve = (changed: Partial<ResolvedPipeline> = {}, env: Record<string, string> = {}) =>
  local.inActivity(() =>
    resolveRevision(
      { ...local.deps, env: { ...local.env, ...env } },
      { pipeline: { ...pipeline, ...changed } },
    ),
  )

/** The fields that `change` changes, of a pipeline that stays the same. */
async function fieldsChangedBy(
  change: () => Promise<unknown>,
  changed: Partial<ResolvedPipeline> = {},
): Promise<string[]> {
  const before = await resolve(changed)
  await change()
  const after = await resolve(changed)
  return Object.keys(before).filter((name) => {
    const field = name as keyof Revision
    return before[field] !== after[field]
  })
}

/** One letter. */
async function touchByte(path: string) {
  const text = await readFile(join(folder, path), 'utf8')
  await writeFile(join(folder, path), text.replace('first', 'First'))
}
const s3 = (path: string) => `s3://${bucket}/revision-${made}/${path}`
const put = (path: string, body: string) => local.storage.write(s3(path), body)

test.each([
  ['reviews.csv', 'data'],
  ['model/config.json', 'model'],
  ['source/train.py', 'code'],
  ['shared.py', 'code'],
  ['evaluate.py', 'code'],
])('a changed byte of %s changes %s and nothing else', async (path, field) => {
  expect(await fieldsChangedBy(() => touchByte(path))).toEqual([field])
})

test('the times of files do not count, and a revision is a few short texts', async () => {
  const then = new Date('2020-01-01T00:00:00Z')
  const paths = ['reviews.csv', 'model/config.json', 'source/train.py', 'evaluate.py']
  const touch = () => Promise.all(paths.map((path) => utimes(join(folder, path), then, then)))
  expect(await fieldsChangedBy(touch)).toEqual([])
  const revision = Object.values(await resolve())
  expect(revision).toEqual(Array(4).fill(expect.stringMatching(/^[0-9a-f]{64}$/)))
})

test('a new, a renamed and an executable file of the code count; a cache does not', async () => {
  const source = join(folder, 'source')
  const add = (name: string, mode = 0o644) => writeFile(join(source, name), 'x', { mode })
  expect(await fieldsChangedBy(() => add('util.py'))).toEqual(['code'])
  expect(await fieldsChangedBy(() => add('run.sh', 0o755))).toEqual(['code'])
  await mkdir(join(source, '__pycache__'))
  expect(await fieldsChangedBy(() => add('__pycache__/util.pyc'))).toEqual([])
})

test('a changed option of the pipeline changes config alone', async () => {
  const before = await resolve()
  const after = await resolve({ preprocess: { ...pipeline.preprocess, maxLength: 64 } })
  expect({ ...after, config: before.config }).toEqual(before)
  expect(after.config).not.toBe(before.config)
})

test('a model directory of links counts as the files that it links to, hidden ones aside', async () => {
  const { model } = await resolve()
  const linked = join(folder, 'linked')
  await mkdir(linked)
  await symlink(join(folder, 'model', 'config.json'), join(linked, 'config.json'))
  await writeFile(join(linked, '.lock'), 'x')
  expect((await resolve({ model: { kind: 'directory', path: linked } })).model).toBe(model)
})

test('data in S3 is known by its ETag, and by those of all objects below a prefix', async () => {
  await put('data/a.csv', 'a')
  await put('data/b.csv', 'b')
  const at = (path: string) => ({ dataset: { ...pipeline.dataset, path: s3(path) } })
  expect(await fieldsChangedBy(() => put('data/a.csv', 'A'), at('data/a.csv'))).toEqual(['data'])
  expect(await fieldsChangedBy(() => put('data/a.csv', 'A'), at('data/a.csv'))).toEqual([])
  expect(await fieldsChangedBy(() => put('data/b.csv', 'B'), at('data/a.csv'))).toEqual([])
  for (const prefix of ['data', 'data/']) {
    const added = `data/${prefix.length}.csv`
    expect(await fieldsChangedBy(() => put('data/b.csv', prefix), at(prefix))).toEqual(['data'])
    expect(await fieldsChangedBy(() => put(added, 'c'), at(prefix))).toEqual(['data'])
    expect(await fieldsChangedBy(() => put('database', prefix), at(prefix))).toEqual([])
  }
})

test('channels of the user’s own count as data, with a dataset and without one', async () => {
  await put('lexicon/a.txt', 'a')
  const train = { ...pipeline.train, inputs: { lexicon: s3('lexicon') } }
  expect(await fieldsChangedBy(() => put('lexicon/a.txt', 'A'), { train })).toEqual(['data'])

  const { dataset, model, ...bare } = pipeline
  expect([dataset, model]).not.toContain(undefined)
  const look = () =>
    local.inActivity(() => resolveRevision(local.deps, { pipeline: { ...bare, train } }))
  const before = await look()
  await put('lexicon/a.txt', 'AA')
  const after = await look()
  expect(after.data).not.toBe(before.data)
  expect({ ...after, data: before.data }).toEqual(before)
})

test('a model and a code archive in S3 are known by their ETags', async () => {
  await put('model/config.json', '{}')
  await put('sourcedir.tar.gz', 'code')
  const inS3: Partial<ResolvedPipeline> = {
    model: { kind: 'directory', path: s3('model') },
    train: { ...pipeline.train, sourceDir: s3('sourcedir.tar.gz') },
  }
  expect(await fieldsChangedBy(() => put('model/config.json', '{ }'), inS3)).toEqual(['model'])
  expect(await fieldsChangedBy(() => put('sourcedir.tar.gz', 'new'), inS3)).toEqual(['code'])
  expect(await fieldsChangedBy(() => touchByte('evaluate.py'), inS3)).toEqual(['code'])
})

test('a Hub model is known by its commit: pinned, or of the cache when offline', async () => {
  const cache = { HF_HUB_OFFLINE: '1', HF_HUB_CACHE: join(folder, 'hub') }
  const hub = (revision?: string): Partial<ResolvedPipeline> => ({
    model: { kind: 'hub', id: 'org/model', ...(revision ? { revision } : {}) },
  })
  const [pinned, main] = ['a'.repeat(40), 'b'.repeat(40)]
  expect((await resolve(hub(pinned), cache)).model).toBe(pinned)
  await expect(resolve(hub(), cache)).rejects.toMatchObject({ code: 'E_HUB_OFFLINE' })
  const refs = join(folder, 'hub', 'models--org--model', 'refs')
  await mkdir(refs, { recursive: true })
  await writeFile(join(refs, 'main'), `${main}\n`)
  expect((await resolve(hub(), cache)).model).toBe(main)
  expect((await resolve(hub('main'), cache)).model).toBe(main)
  await expect(resolve(hub('v2'), cache)).rejects.toMatchObject({ code: 'E_HUB_OFFLINE' })
})

test.each([
  ['no data file', 'E_DATA_MISSING', () => ({ dataset: { ...demo.dataset, path: '/no/such' } })],
  ['no object', 'E_DATA_MISSING', () => ({ dataset: { ...demo.dataset, path: s3('none') } })],
  [
    'no bucket',
    'E_DATA_MISSING',
    () => ({ dataset: { ...demo.dataset, path: 's3://no-such-bucket/data.csv' } }),
  ],
  ['no model', 'E_MODEL_MISSING', () => ({ model: { kind: 'directory', path: '/no/such' } })],
  ['an empty model', 'E_MODEL_MISSING', () => ({ model: { kind: 'directory', path: s3('none') } })],
  [
    'no code archive',
    'E_CODE_MISSING',
    () => ({ train: { ...pipeline.train, sourceDir: s3('none.tar.gz') } }),
  ],
  [
    'no evaluation script',
    'E_ENTRY_POINT',
    () => ({ evaluate: { ...pipeline.evaluate, entryPoint: '/no/such.py' } }),
  ],
] as [string, string, () => Partial<ResolvedPipeline>][])(
  '%s is refused as %s, with what to do',
  async (_what, code, changed) => {
    await expect(resolve(changed())).rejects.toMatchObject({
      code,
      hint: expect.stringContaining('check') as unknown,
    })
  },
)
