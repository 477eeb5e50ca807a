/** The activities of a batch transform, against the real S3 server and sagemaker-local. */

import {
  CreateModelCommand,
  DescribeModelCommand,
  ListTransformJobsCommand,
} from '@aws-sdk/client-sagemaker'

import { createJob } from '../../activities/create-job'
import { freezeTransform, modelNameOf } from '../../activities/freeze-transform'
import { openTransform } from '../../activities/open-transform'
import { readTransformed } from '../../activities/read-transformed'
import { stopJob } from '../../activities/stop-job'
import { makeTransformModel, removeTransformModel } from '../../activities/transform-model'
import type { RunSite } from '../../src/run-site'
import type { TransformOrder } from '../../src/transform/transform-order'
import { account, bucket, startLocalAws, type LocalAws } from './local-aws'

jest.setTimeout(120_000)

let local: LocalAws
beforeAll(async () => {
  local = await startLocalAws()
})
afterAll(() => local?.stop())

const order = (name: string, changes: Partial<TransformOrder> = {}): TransformOrder => ({
  name,
  source: 'a model',
  root: `s3://${bucket}/holdfast`,
  model: {
    role: `arn:aws:iam::${account}:role/x`,
    imageUri: `${account}.dkr.ecr.us-east-1.amazonaws.com/huggingface-inference:1`,
    modelData: `s3://${bucket}/model.tar.gz`,
    env: { HF_API_TOKEN: 'env:HF_TOKEN' },
  },
  transformer: { instanceType: 'ml.m5.xlarge', instanceCount: 1, tags: { team: 'a' } },
  transform: { data: `s3://${bucket}/${name}/part-` },
  maxRun: 3_600,
  ...changes,
})

async function opened(name: string, one = order(name)): Promise<RunSite> {
  const { storage, deps } = local
  for (const key of ['part-1', 'part-2', 'deep/part-1', 'other'])
    await storage.write(`s3://${bucket}/${name}/${key}`, '{}')
  const { runId, firstRunId } = local.site(name)
  const owned = { ...deps, env: { ...deps.env, HF_TOKEN: 'secret' } }
  return local.inActivity(() => openTransform(owned, { runId, firstRunId, order: one }))
}

const withToken = () => ({ ...local.deps, env: { ...local.deps.env, HF_TOKEN: 'secret' } })

test('one model and one job, however often they are asked for; the token is in neither request nor history', async () => {
  const one = order('twice')
  const site = await opened('twice', one)
  const make = () => local.inActivity(() => makeTransformModel(withToken(), { site, order: one }))
  const { modelName } = await make()
  expect(await make()).toEqual({ modelName })
  const { PrimaryContainer } = await local.aws.sagemaker.send(
    new DescribeModelCommand({ ModelName: modelName }),
  )
  expect(PrimaryContainer?.Environment).toMatchObject({ HF_API_TOKEN: 'secret' })

  const freeze = () =>
    local.inActivity(() => freezeTransform(local.deps, { site, order: one, attempt: 1 }))
  const job = await freeze()
  expect(await freeze()).toEqual(job)
  const frozen = (await local.storage.read(job.requestUri)).toString('utf8')
  expect(frozen).not.toContain('secret')
  expect(JSON.parse(frozen)).toMatchObject({
    TransformJobName: job.jobName,
    ModelName: modelName,
    TransformOutput: { S3OutputPath: `${site.run}/output` },
    Tags: expect.arrayContaining([{ Key: 'team', Value: 'a' }]) as object[],
  })
  const create = () => local.inActivity(() => createJob(local.deps, { job, site }))
  // Accepted, and the reply lost: the same job is found.
  await local.scenario([{ operation: 'CreateTransformJob', do: 'dropReply' }])
  expect(await create()).toMatchObject({ adopted: true })
  expect(await create()).toMatchObject({ adopted: true })
  await local.scenario([])
  const { TransformJobSummaries } = await local.aws.sagemaker.send(
    new ListTransformJobsCommand({ NameContains: job.jobName }),
  )
  expect(TransformJobSummaries).toHaveLength(1)

  expect(['stopping', 'ended']).toContain(
    await local.inActivity(() => stopJob(local.deps, { job, site })),
  )
  const remove = () =>
    local.inActivity(() => removeTransformModel(local.deps, { site, order: one }))
  await remove()
  await remove()
  await expect(
    local.aws.sagemaker.send(new DescribeModelCommand({ ModelName: modelName })),
  ).rejects.toThrow()
})

test('a model of that name that is somebody else’s is neither used nor deleted', async () => {
  const one = order('theirs')
  const site = await opened('theirs', one)
  const ModelName = modelNameOf({ deps: local.deps, site, order: one })
  await local.aws.sagemaker.send(
    new CreateModelCommand({
      ModelName,
      ExecutionRoleArn: one.model.role,
      PrimaryContainer: { Image: one.model.imageUri },
    }),
  )
  await expect(
    local.inActivity(() => makeTransformModel(withToken(), { site, order: one })),
  ).rejects.toMatchObject({ code: 'E_JOB_NAME_CONFLICT' })
  await local.inActivity(() => removeTransformModel(local.deps, { site, order: one }))
  expect(await local.aws.sagemaker.send(new DescribeModelCommand({ ModelName }))).toMatchObject({
    ModelName,
  })
})

test('each object whose key begins so needs an answer of its own, written since', async () => {
  const one = order('count', { transform: { data: `s3://${bucket}/count/` } })
  const { storage } = local
  // Of an earlier job, in the same folder.
  const old = `s3://${bucket}/answers/part-2.out`
  const placed = {
    ...one,
    transformer: { ...one.transformer, outputPath: `s3://${bucket}/answers` },
  }
  await storage.write(old, 'old')
  const site = await opened('count', placed)
  // S3 tells times in seconds.
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  const job = await local.inActivity(() =>
    freezeTransform(local.deps, { site, order: placed, attempt: 1 }),
  )
  const read = () =>
    local.inActivity(() => readTransformed(local.deps, { site, order: placed, job }))
  for (const name of ['part-1', 'other']) await storage.write(`${job.outputUri}/${name}.out`, 'abc')
  await expect(read()).rejects.toMatchObject({
    code: 'E_TRANSFORM_INCOMPLETE',
    message: expect.stringContaining('2 of 4') as string,
  })
  await storage.write(`${job.outputUri}/deep/part-1.out`, 'abc')
  await storage.write(old, 'new')
  expect(await read()).toEqual({ inputs: 4, bytes: 12 })
})

test('nothing to read, and a token that no worker has, are refused before anything is made', async () => {
  const empty = order('empty', { transform: { data: `s3://${bucket}/nowhere/` } })
  await expect(opened('empty', empty)).rejects.toMatchObject({ code: 'E_TRANSFORM_INPUT' })
  const { runId, firstRunId } = local.site('token')
  const input = { runId, firstRunId, order: order('token') }
  await expect(local.inActivity(() => openTransform(local.deps, input))).rejects.toMatchObject({
    code: 'E_SECRET_MISSING',
  })
})
