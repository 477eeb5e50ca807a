import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { DescribeModelPackageCommand, ListModelPackagesCommand } from '@aws-sdk/client-sagemaker'

import { publish, type PublishInput } from '../../activities/publish'
import { sealArtifact } from '../../activities/seal-artifact'
import { readChampion } from '../../src/models/champion'
import { packageRoot } from '../../src/package-root'
import type { PublishOrder } from '../chaos/publish-once'
import { tarGz } from '../src/a-tar'
import { startHubServer, token, type HubServer } from '../src/models/hub/hub-server'
import { tinyModel } from '../src/models/tiny-model'
import { pipeline } from '../src/plan/pipeline'
import { account, startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(240_000)

let local: LocalAws
let hub: HubServer
beforeAll(async () => {
  local = await startLocalAws()
  const folder = join(local.root, 'hub')
  mkdirSync(folder)
  hub = await startHubServer({ folder })
  Object.assign(local.env, { HF_ENDPOINT: hub.endpoint, HF_TOKEN: token })
})
afterAll(async () => {
  await hub.stop()
  await local.stop()
})

async function candidate(model: string): Promise<PublishInput> {
  const site = local.site(model)
  const artifactUri = `${site.run}/attempts/1/job/output/model.tar.gz`
  await local.storage.write(artifactUri, tarGz(tinyModel(model)))
  const artifact = await local.inActivity(() => sealArtifact(local.deps, { artifactUri }))
  return {
    site,
    pipeline: {
      ...pipeline,
      publish: {
        model,
        hub: { repoId: `ada/${model}`, private: true, revision: 'main', token: 'env:HF_TOKEN' },
      },
    },
    revision: { data: 'd', model: 'm', code: 'c', config: 'f' },
    artifact,
    evaluation: {
      metrics: { eval_accuracy: 0.8 },
      rows: 1_000,
      labels: ['neg', 'pos'],
      artifactSha256: artifact.sha256,
    },
    gate: { passed: true, reasons: ['eval_accuracy 0.8000 reaches 0.75 on 1000 held-out rows'] },
    attempts: [],
    model,
  }
}

/** In a process that dies at that call; says how it ended. */
async function publishAndDie(
  input: PublishInput,
  death: Pick<PublishOrder, 'dieAt' | 'when'>,
): Promise<NodeJS.Signals | number | null> {
  const order: PublishOrder = { env: local.env, account, input, ...death }
  const file = join(local.root, `${input.model}.json`)
  writeFileSync(file, JSON.stringify(order))
  const script = join(packageRoot(), 'dist/test/chaos/publish-once.js')
  const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'ignore', 'inherit'] })
  // Not the signal that it is to die of.
  const limit = setTimeout(() => child.kill('SIGTERM'), 120_000)
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  clearTimeout(limit)
  return signal ?? code
}

const packagesOf = async (model: string) => {
  const { ModelPackageSummaryList = [] } = await local.aws.sagemaker
    .send(new ListModelPackagesCommand({ ModelPackageGroupName: model }))
    .catch(() => ({ ModelPackageSummaryList: [] }))
  return ModelPackageSummaryList
}
const championOf = (model: string) =>
  readChampion({ storage: local.storage, root: local.site(model).root, model })
const commitsOf = (repoId: string) =>
  [...(hub.repositories.get(repoId)?.commits.values() ?? [])].filter(
    ({ title }) => title !== 'initial commit',
  )

const deaths = [
  ['before the artifact is copied', 'PutObject .*/model\\.tar\\.gz$', 'before'],
  ['when the artifact is copied', 'PutObject .*/model\\.tar\\.gz$', 'after'],
  ['when the record is written', 'PutObject .*/manifest\\.json$', 'after'],
  ['when the card is written', 'PutObject .*/README\\.md$', 'after'],
  ['when the group is made', '^CreateModelPackageGroup ', 'after'],
  ['when the package is made', '^CreateModelPackage ', 'after'],
  ['when the repository is made', '^POST /api/repos/create', 'after'],
  ['when the weights are uploaded', '^PUT /lfs/', 'after'],
  ['when the commit is made', '^POST .*/commit/', 'after'],
  ['when the commit is tagged', '^POST .*/tag/', 'after'],
  ['when the version is approved', '^UpdateModelPackage ', 'after'],
  ['before the champion moves', 'PutObject .*/champion\\.json$', 'before'],
  ['when the champion has moved', 'PutObject .*/champion\\.json$', 'after'],
  ['when all is written', 'PutObject .*/published/', 'after'],
] as const

test.each(deaths)(
  'killed %s, the next try ends with one version, one commit and the champion at it',
  async (title, dieAt, when) => {
    const model = title.replaceAll(' ', '-')
    const input = await candidate(model)
    expect(await publishAndDie(input, { dieAt, when })).toBe('SIGKILL')

    // The champion points nowhere before everything that it stands for is there.
    const early = await championOf(model)
    if (early) {
      expect(commitsOf(`ada/${model}`)).toHaveLength(1)
      expect(await packagesOf(model)).toHaveLength(1)
    }
    expect(early !== null).toBe(
      title === 'when the champion has moved' || title === 'when all is written',
    )

    const first = await local.inActivity(() => publish(local.deps, input))
    expect(await local.inActivity(() => publish(local.deps, input))).toEqual(first)
    expect(await packagesOf(model)).toHaveLength(1)
    expect(commitsOf(`ada/${model}`).map(({ title }) => title)).toEqual([`${model} version 1`])
    expect(hub.repositories.get(`ada/${model}`)?.tags.get('v1')).toBe(first.hub?.commit)
    const champion = (await championOf(model))?.state
    expect(champion?.champion).toMatchObject({
      packageVersion: 1,
      modelPackageArn: first.modelPackageArn,
      sha256: input.artifact.sha256,
    })
    expect(champion?.previous).toEqual([])
    const { ModelApprovalStatus } = await local.aws.sagemaker.send(
      new DescribeModelPackageCommand({ ModelPackageName: first.modelPackageArn }),
    )
    expect(ModelApprovalStatus).toBe('Approved')
    expect(await local.storage.hash(first.artifactUri)).toMatchObject({ sha256: first.sha256 })
  },
)
