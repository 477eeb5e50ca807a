import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkCase } from '../../conformance/check-case'
import type { CallsOf } from '../../conformance/kind'
import { HoldfastError } from '../../src/errors'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-conformance-'))
  await mkdir(join(folder, 'expected'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const refuse = (code: string): CallsOf => {
  return () => Promise.reject(new HoldfastError({ code, what: 'no' }))
}
const nothing: CallsOf = () => Promise.resolve([])

async function verdict(expected: object, made: CallsOf, kind = 'made') {
  await writeFile(join(folder, 'expected', 'one.json'), JSON.stringify(expected))
  const one = { name: 'one', kind }
  return checkCase({ one, folder, kinds: { made }, scratch: folder })
}

const sdkError = { calls: [], error: { type: 'ValueError', message_head: 'no' } }

test('what the SDK refuses must be refused', async () => {
  expect((await verdict(sdkError, refuse('E_X'))).differences).toEqual([])
  expect((await verdict(sdkError, nothing)).differences).toEqual([
    'expected a refusal (ValueError: no), got 0 calls',
  ])
})

test('a refusal of our own passes only by a rule', async () => {
  expect(await verdict({ calls: [] }, refuse('E_SPOT_NO_MAX_WAIT'))).toEqual({
    name: 'one',
    differences: [],
    deliberate: 'spot training needs maxWait (E_SPOT_NO_MAX_WAIT)',
  })
  expect((await verdict({ calls: [] }, refuse('E_OTHER'))).differences).toEqual([
    'expected no refusal, got E_OTHER: no',
  ])
})

test('what the SDK refuses may be sent only by a rule', async () => {
  const type = 'TypeError'
  const message_head = "HuggingFace.__init__() missing 1 required positional argument: 'py_ver"
  expect(await verdict({ calls: [], error: { type, message_head } }, nothing)).toEqual({
    name: 'one',
    differences: [],
    deliberate: 'pyVersion may be left out (TypeError)',
  })
  const other = { calls: [], error: { type: 'ValueError', message_head } }
  expect((await verdict(other, nothing)).differences).toHaveLength(1)
})

test('a request that the SDK cannot send passes if the service would refuse ours as well', async () => {
  const message_head = 'botocore rejects CreateTrainingJob: Invalid value for parameter Stoppi'
  const error = { type: 'ValueError', message_head }
  const create: CallsOf = () =>
    Promise.resolve([
      { service: 'sagemaker', op: 'CreateTrainingJob', params: { TrainingJobName: 'not a name' } },
    ])
  expect((await verdict({ calls: [], error }, create)).differences).toEqual([])
  expect((await verdict({ calls: [], error }, nothing)).differences).toHaveLength(1)
})

test('a fault of ours is not taken for a refusal', async () => {
  const crash: CallsOf = () => Promise.reject(new TypeError('undefined is not a function'))
  expect((await verdict(sdkError, crash)).differences).toEqual([
    'cannot be checked: undefined is not a function',
  ])
})

test('an image is compared by its name', async () => {
  const image: CallsOf = () =>
    Promise.resolve([{ service: 'ecr', op: 'ImageUri', params: { uri: 'a:1' } }])
  expect((await verdict({ result: 'a:1' }, image)).differences).toEqual([])
  expect((await verdict({ result: 'a:2' }, image)).differences).toEqual([
    'image: expected a:2, got a:1',
  ])
})

test('a kind that nobody knows and a recording that is not there fail the case', async () => {
  expect((await verdict({}, nothing, 'juggle')).differences).toEqual([
    'there is no kind juggle; known: made',
  ])
  const one = { name: 'two', kind: 'made' }
  const missing = await checkCase({ one, folder, kinds: { made: nothing }, scratch: folder })
  expect(missing.differences[0]).toMatch(
    /^cannot be checked: recorded cases cannot be read: .*ENOENT/,
  )
})

test('a field that only we send passes by a rule, and no other', async () => {
  const upload = { Bucket: 'sagemaker-us-east-1-111122223333', Key: 'k' }
  const expected = { calls: [{ service: 's3', op: 'PutObject', params: upload }] }
  const sending = (more: object): CallsOf => {
    const params = { ...upload, ...more }
    return () => Promise.resolve([{ service: 's3' as const, op: 'PutObject', params }])
  }
  expect(await verdict(expected, sending({ ExpectedBucketOwner: '111122223333' }))).toEqual({
    name: 'one',
    differences: [],
    deliberate: 'uploads to the default bucket name its owner',
  })
  expect((await verdict(expected, sending({ SSEKMSKeyId: 'k' }))).differences).toHaveLength(1)
})

test('a missing file that the SDK found is a difference', async () => {
  const missing: CallsOf = () =>
    Promise.reject(new HoldfastError({ code: 'E_ENTRY_POINT', what: 'there is no file train.py' }))
  expect((await verdict({ calls: [] }, missing)).differences).toHaveLength(1)
})
