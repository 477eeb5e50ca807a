import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DeleteModelPackageCommand,
  DeleteModelPackageGroupCommand,
  DescribeModelPackageCommand,
  DescribeModelPackageGroupCommand,
  ListModelPackageGroupsCommand,
  ListModelPackagesCommand,
  UpdateModelPackageCommand,
  type CreateModelPackageCommandInput,
} from '@aws-sdk/client-sagemaker'
import { startTestServer, type TestServer } from './test-server'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
  await server.sagemaker.send(
    new CreateModelPackageGroupCommand({ ModelPackageGroupName: 'reviews' }),
  )
})
afterEach(() => server.close())

const publish = (changes: Partial<CreateModelPackageCommandInput> = {}) =>
  server.sagemaker.send(
    new CreateModelPackageCommand({
      ModelPackageGroupName: 'reviews',
      InferenceSpecification: {
        Containers: [{ Image: 'image', ModelDataUrl: 's3://bucket/model.tar.gz' }],
        SupportedContentTypes: ['application/json'],
        SupportedResponseMIMETypes: ['application/json'],
      },
      CustomerMetadataProperties: { sha256: 'abc', run: 'r1' },
      ...changes,
    }),
  )

const describe = (ModelPackageName: string | undefined) =>
  server.sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName }))

test('versions of a group are numbered and listed newest first, page by page', async () => {
  for (let version = 1; version <= 3; version += 1) await publish()
  const query = {
    ModelPackageGroupName: 'reviews',
    SortOrder: 'Descending' as const,
    MaxResults: 2,
  }
  const first = await server.sagemaker.send(new ListModelPackagesCommand(query))
  const second = await server.sagemaker.send(
    new ListModelPackagesCommand({ ...query, NextToken: first.NextToken }),
  )
  const versions = [first, second].map((page) =>
    page.ModelPackageSummaryList?.map((each) => each.ModelPackageVersion),
  )
  expect(versions).toEqual([[3, 2], [1]])
  expect(second.NextToken).toBeUndefined()
})

test('one ClientToken makes one version, also across a restart, and only for one request', async () => {
  const ClientToken = '0b9d2a10-6c1e-4a53-9c2f-1d5b5fd4a001'
  const first = await publish({ ClientToken })
  await server.restart()
  expect((await publish({ ClientToken })).ModelPackageArn).toBe(first.ModelPackageArn)
  const other = publish({ ClientToken, ModelPackageDescription: 'another' })
  await expect(other).rejects.toMatchObject({ name: 'ConflictException' })
})

test('concurrent publishers get different versions', async () => {
  const replies = await Promise.all(Array.from({ length: 8 }, () => publish()))
  expect(new Set(replies.map(({ ModelPackageArn }) => ModelPackageArn)).size).toBe(8)
})

test('a package is described with what it was published with, and updated', async () => {
  const { ModelPackageArn } = await publish()
  expect(await describe(ModelPackageArn)).toMatchObject({
    ModelPackageGroupName: 'reviews',
    ModelPackageVersion: 1,
    ModelPackageStatus: 'Completed',
    ModelApprovalStatus: 'PendingManualApproval',
    CustomerMetadataProperties: { sha256: 'abc', run: 'r1' },
    InferenceSpecification: { Containers: [{ ModelDataUrl: 's3://bucket/model.tar.gz' }] },
  })
  await server.sagemaker.send(
    new UpdateModelPackageCommand({
      ModelPackageArn,
      ModelApprovalStatus: 'Approved',
      CustomerMetadataProperties: { stage: 'live' },
      CustomerMetadataPropertiesToRemove: ['run'],
    }),
  )
  expect(await describe(ModelPackageArn)).toMatchObject({
    ModelApprovalStatus: 'Approved',
    CustomerMetadataProperties: { sha256: 'abc', stage: 'live' },
    LastModifiedTime: new Date(server.clock.now),
  })
})

test('a deleted version is gone, its number is not given again, and an emptied group can go', async () => {
  const { ModelPackageArn } = await publish()
  const removeGroup = () =>
    server.sagemaker.send(new DeleteModelPackageGroupCommand({ ModelPackageGroupName: 'reviews' }))
  await expect(removeGroup()).rejects.toMatchObject({ name: 'ConflictException' })
  await server.sagemaker.send(new DeleteModelPackageCommand({ ModelPackageName: ModelPackageArn }))
  await expect(describe(ModelPackageArn)).rejects.toMatchObject({ name: 'ValidationException' })
  const next = await publish()
  expect(next.ModelPackageArn).toMatch(/reviews\/2$/)
  await server.sagemaker.send(
    new DeleteModelPackageCommand({ ModelPackageName: next.ModelPackageArn }),
  )
  await removeGroup()
  const groups = await server.sagemaker.send(new ListModelPackageGroupsCommand({}))
  expect(groups.ModelPackageGroupSummaryList).toEqual([])
})

test('a group is found by name and by ARN; a second of its name and an unknown one are refused', async () => {
  const byName = { ModelPackageGroupName: 'reviews' }
  const group = await server.sagemaker.send(new DescribeModelPackageGroupCommand(byName))
  const byArn = { ModelPackageGroupName: group.ModelPackageGroupArn }
  await server.sagemaker.send(new DescribeModelPackageGroupCommand(byArn))
  await expect(
    server.sagemaker.send(new CreateModelPackageGroupCommand(byName)),
  ).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringMatching(/^Model Package Group already exists/) as string,
  })
  const unknown = new DescribeModelPackageGroupCommand({ ModelPackageGroupName: 'nobody' })
  await expect(server.sagemaker.send(unknown)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('does not exist') as string,
  })
})

test('an unversioned package has a name, and a version may not bring tags', async () => {
  const { ModelPackageArn } = await publish({
    ModelPackageGroupName: undefined,
    ModelPackageName: 'solo',
  })
  expect((await describe('solo')).ModelPackageArn).toBe(ModelPackageArn)
  await expect(publish({ Tags: [{ Key: 'a', Value: 'b' }] })).rejects.toMatchObject({
    name: 'ValidationException',
  })
  await expect(publish({ ModelPackageName: 'solo' })).rejects.toMatchObject({
    message: expect.stringContaining('Cannot determine which one to use') as string,
  })
})

test('a state file that cannot be read stops the server instead of being overwritten', async () => {
  const file = join(server.dataDir, 'sagemaker', 'registry.json')
  await writeFile(file, '{"version":1,')
  await expect(server.restart()).rejects.toMatchObject({ code: 'E_LOCAL_STATE' })
  expect(await readFile(file, 'utf8')).toBe('{"version":1,')
})
