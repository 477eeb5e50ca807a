import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  ListModelPackagesCommand,
  type ListModelPackagesCommandInput,
} from '@aws-sdk/client-sagemaker'

import { toFailure } from '../../activities/failure'
import { publish, type PublishInput } from '../../activities/publish'
import { lastPublishedUri, readLastPublished } from '../../activities/read-last-published'
import { sealArtifact } from '../../activities/seal-artifact'
import { fetchModel } from '../../src/client'
import { listModels } from '../../src/client/list-models'
import { parseManifest } from '../../src/manifest'
import { tarGz } from '../src/a-tar'
import { tinyModel } from '../src/models/tiny-model'
import { pipeline } from '../src/plan/pipeline'
import { bucket, startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(120_000)

let local: LocalAws
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local.stop())
beforeEach(() => local.scenario([]))

const revision = { data: 'd', model: 'm', code: 'c', config: 'f' }

async function candidate(model: string, run = model): Promise<PublishInput> {
  const site = local.site(run)
  const artifactUri = `${site.run}/attempts/1/job/output/model.tar.gz`
  await local.storage.write(artifactUri, tarGz(tinyModel(run)))
  const artifact = await local.inActivity(() => sealArtifact(local.deps, { artifactUri }))
  const evaluation = {
    metrics: { eval_accuracy: 0.8 },
    rows: 1_000,
    labels: ['neg', 'pos'],
    artifactSha256: artifact.sha256,
  }
  return { site, pipeline, revision, artifact, evaluation, model }
}
const publishOnce = (input: PublishInput) => local.inActivity(() => publish(local.deps, input))

async function packagesOf(model: string): Promise<number> {
  const { ModelPackageSummaryList = [] } = await local.aws.sagemaker.send(
    new ListModelPackagesCommand({ ModelPackageGroupName: model }),
  )
  return ModelPackageSummaryList.length
}

test('publishing twice gives one package, whose artifact can be fetched and verified', async () => {
  const input = await candidate('twice')
  const first = await publishOnce(input)
  expect(await publishOnce(input)).toEqual(first)
  expect(await packagesOf('twice')).toBe(1)
  expect(first).toMatchObject({ version: 1, sha256: input.artifact.sha256 })

  const bytes = await local.storage.read(first.artifactUri.replace('model.tar.gz', 'manifest.json'))
  expect(parseManifest(bytes)).toMatchObject({ kind: 'model', model: 'twice', rows: 1_000 })
  const out = `${local.root}/fetched`
  const fetched = await Promise.all(
    [1, 2, 3].map(() => fetchModel({ model: 'twice', out, env: local.env })),
  )
  expect(new Set(fetched.map(({ directory }) => directory)).size).toBe(1)
  expect(fetched[0]?.model).toMatchObject({ version: 1, metrics: { eval_accuracy: 0.8 } })
})

test.each(['dropReply', 'error500AfterAccept'])(
  'when the registry’s reply is lost (%s) there is still one package',
  async (fault) => {
    const model = `lost-${fault}`
    const input = await candidate(model)
    await local.scenario([{ operation: 'CreateModelPackage', do: fault, times: 3 }])
    const lost: unknown = await publishOnce(input).catch((error: unknown) => error)
    expect(toFailure(lost)).toMatchObject({ nonRetryable: false })
    expect(await publishOnce(input)).toMatchObject({ version: 1 })
    expect(await packagesOf(model)).toBe(1)
  },
)

test('a registry killed while it published has one package after its restart', async () => {
  const input = await candidate('killed')
  await local.scenario([{ operation: 'CreateModelPackage', do: 'crash', times: 1 }])
  await expect(publishOnce(input)).rejects.toThrow()
  await local.restartSagemaker()
  expect(await lastOf('killed')).toBeNull()
  expect(await publishOnce(input)).toMatchObject({ version: 1 })
  expect(await packagesOf('killed')).toBe(1)
})

test('an artifact registered so long ago that its token is forgotten is not registered again', async () => {
  const input = await candidate('forgotten')
  await local.aws.sagemaker.send(
    new CreateModelPackageGroupCommand({ ModelPackageGroupName: 'forgotten' }),
  )
  const { ModelPackageArn } = await local.aws.sagemaker.send(
    new CreateModelPackageCommand({
      ModelPackageGroupName: 'forgotten',
      CustomerMetadataProperties: { 'holdfast:sha256': input.artifact.sha256 },
    }),
  )
  expect(await publishOnce(input)).toMatchObject({ modelPackageArn: ModelPackageArn, version: 1 })
  expect(await packagesOf('forgotten')).toBe(1)
})

test('only versions that can be of this artifact are looked at: those younger than its record, by an hour of doubt', async () => {
  const input = await candidate('many-nights')
  const first = await publishOnce(input)
  const record = parseManifest(
    await local.storage.read(first.artifactUri.replace('model.tar.gz', 'manifest.json')),
  )
  const asked: unknown[] = []
  const { middlewareStack } = local.aws.sagemaker
  middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'ListModelPackagesCommand')
          asked.push((args.input as ListModelPackagesCommandInput).CreationTimeAfter)
        return next(args)
      },
    { step: 'initialize', name: 'whatWasAsked' },
  )
  try {
    expect(await publishOnce(input)).toEqual(first)
  } finally {
    middlewareStack.remove('whatWasAsked')
  }
  expect(asked).toEqual([new Date(Date.parse(record.createdAt) - 3_600_000)])
})

test('of two models that beat the same champion, the second has not beaten the first: it is published, and no champion', async () => {
  const model = 'raced'
  const [first, second, late] = await Promise.all(
    ['first', 'second', 'late'].map(async (run) => {
      const input = await candidate(model, run)
      return { ...input, comparedWith: null }
    }),
  )
  if (!first || !second || !late) throw new Error('three candidates were made')
  const { artifact } = first
  expect(await publishOnce(first)).toMatchObject({ version: 1, champion: true })
  const comparedWith = { model, version: 1, sha256: artifact.sha256, artifactUri: artifact.uri }
  expect(await publishOnce({ ...second, comparedWith })).toMatchObject({ champion: true })
  expect(await publishOnce({ ...late, comparedWith })).toMatchObject({
    ...{ version: 3, champion: false },
  })
  // A later try of the one that won changes nothing; one that began when there was none has not beaten it either.
  expect(await publishOnce({ ...second, comparedWith })).toMatchObject({ champion: true })
  expect(await publishOnce(late)).toMatchObject({ champion: false })
})

test('an artifact changed after it was sealed is not published', async () => {
  const input = await candidate('tampered')
  await local.storage.write(input.artifact.uri, tarGz([{ path: 'config.json', body: 'evil' }]))
  await expect(publishOnce(input)).rejects.toMatchObject({ code: 'E_ARTIFACT_INVALID' })
  const session = { aws: local.aws, storage: () => Promise.resolve(local.storage) }
  expect(await listModels({ session, model: 'tampered' })).toEqual([])
})

test('a published copy that was damaged is mended by the next try', async () => {
  const input = await candidate('mended')
  const { artifactUri, sha256 } = await publishOnce(input)
  await local.storage.write(artifactUri, 'damaged')
  await publishOnce(input)
  expect(await local.storage.hash(artifactUri)).toMatchObject({ sha256 })
})

test('a training that left nothing, or an empty archive, is told apart from a model', async () => {
  const artifactUri = `${local.site('none').run}/model.tar.gz`
  const seal = () => local.inActivity(() => sealArtifact(local.deps, { artifactUri }))
  await expect(seal()).rejects.toMatchObject({ code: 'E_ARTIFACT_MISSING' })
  await local.storage.write(artifactUri, '')
  await expect(seal()).rejects.toMatchObject({ code: 'E_ARTIFACT_MISSING' })
})

const lastOf = (model: string, storage: { bucket?: string } = { bucket }) =>
  local.inActivity(() =>
    readLastPublished(local.deps, {
      pipeline: { ...pipeline, publish: { model }, storage: { prefix: 'holdfast', ...storage } },
    }),
  )

test('what was published last can be read back, with what it was made from', async () => {
  expect(await lastOf('last')).toBeNull()
  const input = await candidate('last')
  await publishOnce(input)
  const last = await lastOf('last')
  expect(last).toMatchObject({ revision, run: 'last', version: 1, sha256: input.artifact.sha256 })
  expect(Date.parse(last?.publishedAt ?? '')).toBeLessThanOrEqual(Date.now())

  await publishOnce({ ...input, revision: { ...revision, data: 'e' } })
  expect((await lastOf('last'))?.revision).toEqual({ ...revision, data: 'e' })
})

test('a record that somebody changed does not hold a publish up: it is written anew', async () => {
  const input = await candidate('mended')
  const uri = lastPublishedUri({
    root: input.site.root,
    model: input.model,
    pipeline: input.pipeline.name,
  })
  await local.storage.write(uri, '{')
  await publishOnce(input)
  expect((await lastOf('mended'))?.version).toBe(1)
})

test('without a bucket, or a model to publish, nothing was published', async () => {
  expect(await lastOf('last', {})).toBeNull()
  expect(await lastOf('last', { bucket: 'no-such-bucket' })).toBeNull()
  const unpublished = { ...pipeline }
  delete unpublished.publish
  expect(await readLastPublished(local.deps, { pipeline: unpublished })).toBeNull()
})

test('a record of the last published that nobody may read, or that was changed, is an error', async () => {
  const stranger = { ...local.deps, account: () => Promise.resolve('999988887777') }
  const mine = { ...pipeline, publish: { model: 'last' }, storage: { prefix: 'holdfast', bucket } }
  const denied: unknown = await readLastPublished(stranger, { pipeline: mine }).catch(
    (error: unknown) => error,
  )
  expect(toFailure(denied)).toMatchObject({ type: 'E_ACCESS_DENIED' })

  const { root } = local.site('broken')
  const uri = lastPublishedUri({ root, model: 'broken', pipeline: pipeline.name })
  for (const body of ['{', 'null', '{"revision":{}}']) {
    await local.storage.write(uri, body)
    await expect(lastOf('broken')).rejects.toMatchObject({ code: 'E_MANIFEST' })
  }
})

test('a model that was never published is refused by name', async () => {
  await expect(
    fetchModel({ model: 'no-such-model', out: local.root, env: local.env }),
  ).rejects.toMatchObject({ code: 'E_MODEL_NOT_FOUND' })
})
