import {
  championUri,
  moveChampion,
  readChampion,
  type ModelRef,
} from '../../../src/models/champion'
import { bucket, startLocalAws, type LocalAws } from '../../activities/local-aws'

jest.setTimeout(180_000)

let local: LocalAws
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local?.stop())

const root = `s3://${bucket}/holdfast`

function version(packageVersion: number): ModelRef {
  const sha256 = packageVersion.toString(16).padStart(64, '0')
  const home = `${root}/models/reviews/${sha256}`
  return {
    packageVersion,
    modelPackageArn: `arn:aws:sagemaker:us-east-1:111122223333:model-package/reviews/${packageVersion}`,
    sha256,
    artifactUri: `${home}/model.tar.gz`,
    manifestUri: `${home}/manifest.json`,
    run: `reviews-${packageVersion}`,
    metrics: { eval_accuracy: 0.9 },
    publishedAt: '2026-11-28T00:00:00.000Z',
  }
}

async function move(model: string, to: ModelRef): Promise<boolean> {
  const { storage } = local
  const before = await readChampion({ storage, root, model })
  return moveChampion({ storage, root, model, to, by: 'ada', before })
}

test('a model has no champion until one is made, and then remembers those before it', async () => {
  const { storage } = local
  const model = 'remembers'
  expect(await readChampion({ storage, root, model })).toBeNull()
  for (const each of [1, 2, 3]) expect(await move(model, version(each))).toBe(true)
  const found = await readChampion({ storage, root, model })
  expect(found?.state).toMatchObject({ version: 1, model, movedBy: 'ada' })
  expect(found?.state.champion).toEqual(version(3))
  expect(found?.state.previous).toEqual([version(2), version(1)])
})

test('moving the champion to where it stands writes nothing', async () => {
  const { storage } = local
  await move('still', version(1))
  const before = await readChampion({ storage, root, model: 'still' })
  expect(await move('still', version(1))).toBe(true)
  expect(await readChampion({ storage, root, model: 'still' })).toEqual(before)
})

test('of ten who move one champion at once, exactly one does, the first time and later', async () => {
  const { storage } = local
  const model = 'raced'
  for (let round = 0; round < 5; round++) {
    const before = await readChampion({ storage, root, model })
    const versions = Array.from({ length: 10 }, (_, index) => version(round * 10 + index + 1))
    const moved = await Promise.all(
      versions.map((to) => moveChampion({ storage, root, model, to, by: 'ada', before })),
    )
    expect(moved.filter(Boolean)).toHaveLength(1)
    const found = await readChampion({ storage, root, model })
    expect(found?.state.champion).toEqual(versions[moved.indexOf(true)])
    expect(found?.state.previous).toHaveLength(round)
  }
})

test('a champion that was read before somebody moved it is not overwritten', async () => {
  const { storage } = local
  const model = 'stale'
  await move(model, version(1))
  const before = await readChampion({ storage, root, model })
  await move(model, version(2))
  expect(await moveChampion({ storage, root, model, to: version(3), by: 'bo', before })).toBe(false)
  expect((await readChampion({ storage, root, model }))?.state.champion).toEqual(version(2))
})

test('an object that is gone matches no ETag', async () => {
  const uri = `s3://${bucket}/gone`
  expect(await local.storage.writeIfMatch(uri, 'x', '"0123456789abcdef0123456789abcdef"')).toBe(
    false,
  )
  expect(await local.storage.readWithEtag(uri)).toBeNull()
})

test('a record that somebody changed is refused, and told where it lies', async () => {
  const uri = championUri({ root, model: 'changed' })
  for (const body of ['', '{}', 'null', '{"version":1,"champion":{},"previous":[]}']) {
    await local.storage.write(uri, body)
    await expect(
      readChampion({ storage: local.storage, root, model: 'changed' }),
    ).rejects.toMatchObject({ code: 'E_MANIFEST', where: uri })
  }
})
