/** Our calls against the SDK's: what differs, by path. */

import type { AwsCall } from '../src/estimator/aws-call'
import { isObject } from './exact-json'
import type { Json, JsonObject } from './kind'
import { normalised } from './world'

type Call = { op: string; params: JsonObject }

/** What makes an upload the same; how a client sums it up is its own affair. */
const putObjectFields = [
  'Bucket',
  'Key',
  'ServerSideEncryption',
  'SSEKMSKeyId',
  'ExpectedBucketOwner',
  'Body',
]

/**
 * Lists whose order means nothing: the SDK makes them from a Python set; or its members have names,
 * and numbers among these come first in an object of ours.
 */
const unordered = new Set([
  'ParentHyperParameterTuningJobs',
  'CollectionConfigurations',
  'InputDataConfig',
])

/**
 * One line for each difference; none when all that creates and all that is uploaded is the same.
 *
 * @example
 * differences({ expected: [], ours: [{ service: 's3', op: 'CreateBucket', params: {} }] })
 * // ['CreateBucket: expected no such call, got one']
 */
export function differences(options: {
  expected: { op: string; params: object }[]
  ours: AwsCall[]
  /** The folder that the recording calls `<fixtures>`. */
  fixtures?: string
}): string[] {
  const { fixtures } = options
  const [expected, ours] = [compared(options.expected), compared(options.ours, fixtures)]
  const operations = [...new Set([...expected, ...ours].map(({ op }) => op))]
  const found = operations.flatMap((op) => {
    const named = (call: Call): boolean => call.op === op
    return callDifferences(op, expected.filter(named), ours.filter(named))
  })
  return found.length > 0 ? found : orderDifference(expected, ours)
}

/** Only these are compared: reads and probes may differ by design. */
function compared(calls: { op: string; params: object }[], fixtures?: string): Call[] {
  return calls
    .filter(({ op }) => op.startsWith('Create') || op === 'PutObject')
    .map(({ op, params }) => ({ op, params: comparable(op, params, fixtures) }))
}

function comparable(op: string, params: object, fixtures?: string): JsonObject {
  const text = JSON.stringify(params, (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  )
  const plain = JSON.parse(normalised(text, fixtures)) as JsonObject
  if (op !== 'PutObject') return plain
  const kept = Object.entries(plain).filter(([key]) => putObjectFields.includes(key))
  return Object.fromEntries(
    kept.map(([key, value]) => [key, key === 'Body' ? withoutRepeats(value) : value]),
  )
}

/** The SDK packs a file twice that two sources give; the one unpacked last is the one we pack. */
function withoutRepeats(body: Json): Json {
  if (!isObject(body) || !Array.isArray(body['$tar'])) return body
  return { ...body, $tar: [...new Set(body['$tar'])] }
}

function callDifferences(op: string, expected: Call[], ours: Call[]): string[] {
  const count = (calls: Call[]): string =>
    calls.length === 0 ? 'no such call' : calls.length === 1 ? 'one' : `${calls.length}`
  if (expected.length !== ours.length) {
    return [`${op}: expected ${count(expected)}, got ${count(ours)}`]
  }
  return expected.flatMap((call, at) => {
    const path = expected.length === 1 ? op : `${op}[${at}]`
    return valueDifferences(path, ...besideModel(call.params, ours[at]?.params ?? {}))
  })
}

/** Of a repacked model only the code is known here: the rest is what the job made. */
function besideModel(expected: JsonObject, ours: JsonObject): [JsonObject, JsonObject] {
  const [theirs, own] = [expected['Body'], ours['Body']]
  if (!isObject(own) || own['beside'] !== 'model') return [expected, ours]
  const body = { $tar: own['$tar'] ?? [] }
  const members = isObject(theirs) && Array.isArray(theirs['$tar']) ? theirs['$tar'] : []
  const code = members.filter((name) => typeof name === 'string' && name.startsWith('code/'))
  return [
    { ...expected, Body: { $tar: code } },
    { ...ours, Body: body },
  ]
}

function valueDifferences(path: string, expected: Json | undefined, ours: Json | undefined) {
  const found: string[] = []
  const compare = (at: string, a: Json | undefined, b: Json | undefined): void => {
    if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
      a.forEach((member, index) => compare(`${at}[${index}]`, member, b[index]))
    } else if (isObject(a) && isObject(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        const sort = (value: Json | undefined) => (unordered.has(key) ? sorted(value) : value)
        compare(`${at}.${key}`, sort(a[key]), sort(b[key]))
      }
    } else if (shown(a) !== shown(b)) {
      found.push(`${at}: expected ${shown(a)}, got ${shown(b)}`)
    }
  }
  compare(path, expected, ours)
  return found
}

function sorted(value: Json | undefined): Json | undefined {
  if (!Array.isArray(value)) return value
  return [...value].sort((a, b) => (shown(a) < shown(b) ? -1 : 1))
}

/** With keys in order, so that equal objects are equal texts. */
function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  return JSON.stringify(value, (_, member: Json) =>
    isObject(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}

function orderDifference(expected: Call[], ours: Call[]): string[] {
  const list = (calls: Call[]): string => calls.map(({ op }) => op).join(', ')
  if (list(expected) === list(ours)) return []
  return [`order of calls: expected ${list(expected)}, got ${list(ours)}`]
}
