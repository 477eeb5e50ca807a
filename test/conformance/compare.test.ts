import { differences } from '../../conformance/compare'

const create = (params: object) => ({ service: 'sagemaker', op: 'CreateTrainingJob', params })
const put = (params: object) => ({ service: 's3', op: 'PutObject', params })
const expected = [
  put({ Bucket: 'b', Key: 'k', ChecksumAlgorithm: 'CRC32', Body: { $tar: ['a.py', 'b/'] } }),
  create({ ResourceConfig: { VolumeSizeInGB: 30 }, InputDataConfig: [{ ChannelName: 'train' }] }),
]
const [upload, job] = expected as [(typeof expected)[0], (typeof expected)[0]]

test('equal calls have no difference, whatever was read in between and however sums are made', () => {
  const probe = { service: 's3', op: 'HeadBucket', params: { Bucket: 'b' } }
  const plain = put({ Bucket: 'b', Key: 'k', Body: { $tar: ['a.py', 'b/'] } })
  expect(differences({ expected: [probe, ...expected], ours: [plain, job] })).toEqual([])
})

test('a changed value is reported by its path', () => {
  const params = { ...job.params, ResourceConfig: { VolumeSizeInGB: 20 } }
  expect(differences({ expected, ours: [upload, create(params)] })).toEqual([
    'CreateTrainingJob.ResourceConfig.VolumeSizeInGB: expected 30, got 20',
  ])
})

test('a member that the SDK packs twice is the one that we pack', () => {
  const theirs = put({ Bucket: 'b', Key: 'k', Body: { $tar: ['a.py', 'a.py', 'b/'] } })
  const plain = put({ Bucket: 'b', Key: 'k', Body: { $tar: ['a.py', 'b/'] } })
  expect(differences({ expected: [theirs], ours: [plain] })).toEqual([])
})

test('a missing and an additional member are reported', () => {
  const params = { ...job.params, InputDataConfig: [{ InputMode: 'File' }] }
  expect(differences({ expected, ours: [upload, create(params)] })).toEqual([
    'CreateTrainingJob.InputDataConfig[0].ChannelName: expected "train", got nothing',
    'CreateTrainingJob.InputDataConfig[0].InputMode: expected nothing, got "File"',
  ])
})

test('a file that is not in the archive is reported', () => {
  const ours = put({ Bucket: 'b', Key: 'k', Body: { $tar: ['a.py'] } })
  expect(differences({ expected, ours: [ours, job] })).toEqual([
    'PutObject.Body.$tar: expected ["a.py","b/"], got ["a.py"]',
  ])
})

test('a missing and an additional call are reported', () => {
  expect(differences({ expected, ours: [job] })).toEqual([
    'PutObject: expected one, got no such call',
  ])
  expect(differences({ expected, ours: [upload, upload, job] })).toEqual([
    'PutObject: expected one, got 2',
  ])
})

test('calls in another order are reported', () => {
  expect(differences({ expected, ours: [job, upload] })).toEqual([
    'order of calls: expected PutObject, CreateTrainingJob, got CreateTrainingJob, PutObject',
  ])
})

test('times are compared as times, and lists that come of a set without their order', () => {
  const parents = (names: string[]) => create({ ParentHyperParameterTuningJobs: names })
  expect(differences({ expected: [parents(['a', 'b'])], ours: [parents(['b', 'a'])] })).toEqual([])
  const named = (name: string) => create({ TrainingJobName: name })
  expect(
    differences({ expected: [named('x-<ts>')], ours: [named('x-2026-01-02-03-04-05-678')] }),
  ).toEqual([])
})

test('channels are compared without their order, each with its data', () => {
  const channels = (...list: [string, string][]) =>
    create({ InputDataConfig: list.map(([ChannelName, data]) => ({ ChannelName, data })) })
  const theirs = [channels(['z', 's3://z'], ['1', 's3://1'])]
  expect(
    differences({ expected: theirs, ours: [channels(['1', 's3://1'], ['z', 's3://z'])] }),
  ).toEqual([])
  expect(
    differences({ expected: theirs, ours: [channels(['1', 's3://z'], ['z', 's3://1'])] }),
  ).not.toEqual([])
})

test('the folder of the fixtures goes by its name', () => {
  const folder = (path: string) => create({ Environment: { SUBMIT: `file://${path}/inference` } })
  const ours = [folder('/cases/fixtures')]
  const theirs = [folder('<fixtures>')]
  expect(differences({ expected: theirs, ours, fixtures: '/cases/fixtures' })).toEqual([])
  expect(differences({ expected: theirs, ours, fixtures: '/other/fixtures' })).toHaveLength(1)
})

test('of a repacked model the code is compared', () => {
  const model = [put({ Body: { $tar: ['code/inference.py', 'model.bin'] } })]
  const body = { $tar: ['code/inference.py'], beside: 'model' }
  expect(differences({ expected: model, ours: [put({ Body: body })] })).toEqual([])
  expect(differences({ expected: model, ours: [put({ Body: { ...body, $tar: [] } })] })).toEqual([
    'PutObject.Body.$tar: expected ["code/inference.py"], got []',
  ])
})
