import { DescribeModelPackageCommand, UpdateModelPackageCommand } from '@aws-sdk/client-sagemaker'

import { publish } from '../../../activities/publish'
import { readLastPublished } from '../../../activities/read-last-published'
import { sealArtifact } from '../../../activities/seal-artifact'
import type { Storage } from '../../../src/aws/storage'
import { fetchModel } from '../../../src/client'
import { listChampions } from '../../../src/client/list-champions'
import { rollbackModel, type RollbackOptions } from '../../../src/client/rollback-model'
import { showModel } from '../../../src/client/show-model'
import { runCli } from '../../../src/cli/run-cli'
import { readChampion } from '../../../src/models/champion'
import type { Published } from '../../../src/run-state'
import { aCli } from '../cli/a-cli'
import { tarGz } from '../a-tar'
import { tinyModel } from '../models/tiny-model'
import { pipeline } from '../plan/pipeline'
import { bucket, startLocalAws, type LocalAws } from '../../activities/local-aws'

jest.setTimeout(240_000)

let local: LocalAws
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local?.stop())

const root = `s3://${bucket}/holdfast`
const session = (storage: Storage = local.storage) => ({
  aws: local.aws,
  storage: () => Promise.resolve(storage),
})
const rollback = (model: string, options: RollbackOptions & { storage?: Storage } = {}) => {
  const { storage, ...rest } = options
  return rollbackModel({ session: session(storage), model, ...rest })
}
const champion = async (model: string) =>
  (await readChampion({ storage: local.storage, root, model }))?.state

/** Publishes versions 1, 2, …, each of which becomes the champion. */
async function publishVersions(model: string, count: number): Promise<Published[]> {
  const all: Published[] = []
  for (let version = 1; version <= count; version++) {
    const site = local.site(`${model}-${version}`)
    const artifactUri = `${site.run}/model.tar.gz`
    await local.storage.write(artifactUri, tarGz(tinyModel(`${model} ${version}`)))
    const artifact = await local.inActivity(() => sealArtifact(local.deps, { artifactUri }))
    const evaluation = {
      metrics: { eval_accuracy: 0.7 + version / 100 },
      rows: 1_000,
      labels: ['neg', 'pos'],
      artifactSha256: artifact.sha256,
    }
    const revision = { data: `d${version}`, model: 'm', code: 'c', config: 'f' }
    const input = { site, pipeline, revision, artifact, evaluation, model }
    const published = await local.inActivity(() => publish(local.deps, input))
    all.push(published)
  }
  return all
}

async function approvalsOf(versions: Published[]) {
  const found = await Promise.all(
    versions.map(({ modelPackageArn }) =>
      local.aws.sagemaker.send(
        new DescribeModelPackageCommand({ ModelPackageName: modelPackageArn }),
      ),
    ),
  )
  return found.map(({ ModelApprovalStatus }) => ModelApprovalStatus)
}

test('a rollback makes the champion before the champion again, in pointer, registry and predict', async () => {
  const versions = await publishVersions('back', 3)
  expect(await rollback('back', { why: 'wrong labels' })).toMatchObject({
    ...{ from: 3, to: 2, moved: true, why: 'wrong labels' },
    sha256: versions[1]?.sha256,
  })
  expect(await champion('back')).toMatchObject({
    champion: { packageVersion: 2 },
    why: 'wrong labels',
    movedBy: expect.stringMatching(/^arn:/) as string,
  })
  expect(await approvalsOf(versions)).toEqual(['Approved', 'Approved', 'Rejected'])

  const fetched = await fetchModel({ model: 'back', out: `${local.root}/out`, env: local.env })
  expect(fetched.model.version).toBe(2)
  const listed = await listChampions({ session: session() })
  expect(listed.filter((each) => each.model === 'back' && each.champion)).toMatchObject([
    { version: 2 },
  ])
  const shown = await showModel({ session: session(), name: 'back@3' })
  expect(shown).toMatchObject({
    isChampion: false,
    approval: {
      status: 'Rejected',
      description: expect.stringContaining('wrong labels') as string,
    },
    lineage: { name: 'back@3', run: 'back-3', files: [{ path: 'model.tar.gz' }] },
    endpoints: [],
  })
  // Again without a version: one further back, and never to the one that was left.
  expect(await rollback('back')).toMatchObject({ from: 2, to: 1 })
  await expect(rollback('back')).rejects.toMatchObject({ code: 'E_NO_EARLIER_CHAMPION' })
})

test('a model whose manifest was damaged is listed without its scores, and hides no other', async () => {
  const [first, second] = await publishVersions('damaged', 2)
  const manifestUri = first?.artifactUri.replace(/[^/]+$/, 'manifest.json') ?? ''
  await local.storage.write(manifestUri, '{"half":')
  const listed = (await listChampions({ session: session() })).filter(
    ({ model }) => model === 'damaged',
  )
  expect(listed.map(({ version, metrics }) => [version, metrics])).toEqual([
    [2, { eval_accuracy: 0.72 }],
    [1, {}],
  ])
  expect(listed.find(({ champion }) => champion)?.sha256).toBe(second?.sha256)
})

test('rollback is one command, which needs no Temporal and says the way back', async () => {
  await publishVersions('command', 2)
  const holdfast = async (...args: string[]) => {
    const cli = aCli({ env: { ...local.env, HOLDFAST_LOCAL: '0' } })
    await runCli(cli, args)
    expect({ code: cli.exitCode, err: cli.err() }).toMatchObject({ code: 0 })
    return cli
  }
  const shown = await holdfast('models', 'show', 'command')
  expect(shown.out()).toMatch(/^command@2 {2}the champion, Approved\n/)

  const done = await holdfast('models', 'rollback', 'command', '--why', 'a try')
  expect(done.out()).toBe('command@1\n')
  expect(done.err()).toContain('holdfast models rollback command --to 2')

  expect((await holdfast('models')).out()).toMatch(/\ncommand +1 \* +Approved /)
  expect((await holdfast('models', '--all')).out()).toMatch(/\ncommand +2 +Rejected /)
  const after = (await holdfast('models', 'show', 'command@2')).out()
  expect(after).toMatch(/^command@2 {2}Rejected; the champion is version 1\n/)
  expect(after).toContain('a try')
})

test('a rollback to the champion changes nothing, and finishes one that died before the registry', async () => {
  const versions = await publishVersions('again', 2)
  await rollback('again', { to: 1 })
  const before = await champion('again')
  // As if the first had died between the pointer and the registry.
  for (const { modelPackageArn } of versions) {
    await local.aws.sagemaker.send(
      new UpdateModelPackageCommand({
        ModelPackageArn: modelPackageArn,
        ModelApprovalStatus: 'Approved',
      }),
    )
  }
  expect(await rollback('again', { to: 1 })).toMatchObject({ moved: false, to: 1 })
  expect(await champion('again')).toEqual(before)
  expect(await approvalsOf(versions)).toEqual(['Approved', 'Rejected'])
  // The way back is the same command: and the older one is not rejected for it.
  expect(await rollback('again', { to: 2 })).toMatchObject({ from: 1, to: 2, moved: true })
  expect(await approvalsOf(versions)).toEqual(['Approved', 'Approved'])
})

test.each(['damaged', 'gone', 'manifest gone'])(
  'the champion stays when what it would be rolled back to is %s',
  async (how) => {
    const model = `broken-${how.replace(' ', '-')}`
    const [first] = await publishVersions(model, 2)
    const before = await champion(model)
    const artifactUri = first?.artifactUri ?? ''
    const manifestUri = artifactUri.replace('model.tar.gz', 'manifest.json')
    if (how === 'damaged') await local.storage.write(artifactUri, 'other bytes')
    else await local.storage.removeAll(artifactUri.replace('/model.tar.gz', ''))
    if (how === 'gone')
      await local.storage.write(
        manifestUri,
        JSON.stringify({ version: 1, kind: 'model', createdAt: new Date(), files: [] }),
      )
    await expect(rollback(model)).rejects.toMatchObject({
      code: how === 'damaged' ? 'E_ARTIFACT_INVALID' : 'E_ARTIFACT_MISSING',
    })
    expect(await champion(model)).toEqual(before)
  },
)

test('a publish that comes while the bytes are read wins, and the rollback says so', async () => {
  await publishVersions('race', 2)
  const late: Storage = {
    ...local.storage,
    hash: async (uri) => {
      await publishVersions('race', 3)
      return local.storage.hash(uri)
    },
  }
  await expect(rollback('race', { storage: late })).rejects.toMatchObject({
    code: 'E_CHAMPION_MOVED',
    what: expect.stringContaining('version 3') as string,
  })
  expect(await champion('race')).toMatchObject({ champion: { packageVersion: 3 } })
})

test('of two rollbacks at once the pointer is moved by one, or by one after the other', async () => {
  await publishVersions('two', 3)
  const ends = await Promise.allSettled([rollback('two', { to: 1 }), rollback('two', { to: 2 })])
  const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []))
  for (const reason of refused) expect(reason).toMatchObject({ code: 'E_CHAMPION_MOVED' })
  expect(refused.length).toBeLessThan(2)
  expect([1, 2]).toContain((await champion('two'))?.champion.packageVersion)
})

test('what was published last stays what it was: a night with nothing new does not train it again', async () => {
  await publishVersions('night', 2)
  await rollback('night')
  const last = await local.inActivity(() =>
    readLastPublished(local.deps, {
      pipeline: {
        ...pipeline,
        publish: { model: 'night' },
        storage: { prefix: 'holdfast', bucket },
      },
    }),
  )
  expect(last).toMatchObject({ version: 2, revision: { data: 'd2' } })
})

test('a version that nobody let through, one that does not exist, and a model without a champion are refused', async () => {
  const [, second] = await publishVersions('refused', 2)
  await expect(rollback('refused', { to: 9 })).rejects.toMatchObject({ code: 'E_MODEL_NOT_FOUND' })
  await expect(rollback('never-published')).rejects.toMatchObject({ code: 'E_MODEL_NOT_FOUND' })
  // A pointer that knows the first only: the second was never the champion.
  const state = await champion('refused')
  await local.storage.write(
    `${root}/models/refused/champion.json`,
    JSON.stringify({ ...state, champion: state?.previous[0], previous: [] }),
  )
  await local.aws.sagemaker.send(
    new UpdateModelPackageCommand({
      ModelPackageArn: second?.modelPackageArn,
      ModelApprovalStatus: 'PendingManualApproval',
    }),
  )
  await expect(rollback('refused', { to: 2 })).rejects.toMatchObject({ code: 'E_NOT_APPROVED' })
})
