import { assert, property, record, string, integer, uuid, uniqueArray } from 'fast-check'

import {
  canonicalJson,
  jobName,
  looksLikeJobName,
  ownerTag,
  parseOwnerTag,
  tokenFor,
  type Owner,
} from '../../../src/aws/names'

const anyText = string({ unit: 'binary', minLength: 1, maxLength: 120 })
const anyOwner = record({ namespaceId: uuid(), workflowId: anyText, firstRunId: uuid() })
const owner: Owner = { namespaceId: 'n', workflowId: 'reviews-7f3k2m', firstRunId: 'r' }

test('10,000 random ids give names that SageMaker takes, and the same again', () => {
  const attempts = integer({ min: 1, max: 99 })
  assert(
    property(anyOwner, anyText, attempts, (someOwner, slug, attempt) => {
      const name = jobName({ slug, owner: someOwner, step: 'train', attempt })
      const again = jobName({ slug, owner: { ...someOwner }, step: 'train', attempt })
      // From the API reference, CreateTrainingJob.
      return name.length <= 63 && /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name) && name === again
    }),
    { numRuns: 10_000 },
  )
})

test('attempt, step, run, workflow and namespace each give another name', () => {
  const base = { slug: 'reviews', owner, step: 'train', attempt: 1 }
  const names = [
    base,
    { ...base, attempt: 2 },
    { ...base, step: 'evaluate' },
    { ...base, owner: { ...owner, firstRunId: 'other' } },
    { ...base, owner: { ...owner, workflowId: 'other' } },
    { ...base, owner: { ...owner, namespaceId: 'other' } },
  ].map(jobName)
  expect(new Set(names).size).toBe(names.length)
  expect(names[0]).toMatch(/^reviews-[0-9a-f]{10}-a1$/)
  expect(names[2]).toMatch(/^reviews-[0-9a-f]{10}-e1$/)
})

test('a slug without a usable letter still gives a name', () => {
  expect(jobName({ slug: '—?—', owner, step: 'train', attempt: 1 })).toMatch(/^job-/)
})

test('an owner tag fits in a tag, and no two owners have the same', () => {
  assert(
    property(
      uniqueArray(anyOwner, { minLength: 2, maxLength: 2, selector: canonicalJson }),
      (two) => {
        const tags = two.map(ownerTag)
        const fits = tags.every((tag) => /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u.test(tag))
        return fits && tags[0] !== tags[1]
      },
    ),
    { numRuns: 2_000 },
  )
})

test('two runs of a workflow with a very long id have different owner tags', () => {
  const workflowId = 'é'.repeat(500)
  const tags = ['run-1', 'run-2'].map((firstRunId) =>
    ownerTag({ ...owner, workflowId, firstRunId }),
  )
  expect(tags[0]).not.toBe(tags[1])
  expect(tags[0]?.length).toBeLessThanOrEqual(256)
})

test('a slash in an id cannot make one owner look like another', () => {
  const one = ownerTag({ namespaceId: 'n', workflowId: 'a/b', firstRunId: 'c' })
  const other = ownerTag({ namespaceId: 'n/a', workflowId: 'b', firstRunId: 'c' })
  expect(one).not.toBe(other)
})

test('2,000 owner tags are read back as what they were made of, with the run beside them', () => {
  assert(
    property(anyOwner, (someOwner) => {
      const read = parseOwnerTag({ tag: ownerTag(someOwner), run: someOwner.workflowId })
      return canonicalJson(read) === canonicalJson(someOwner)
    }),
    { numRuns: 2_000 },
  )
})

test('an owner whose id was too long is not guessed from another run', () => {
  const long = { ...owner, workflowId: 'é'.repeat(500) }
  const tag = ownerTag(long)
  expect(parseOwnerTag({ tag, run: 'another' })).toEqual({ ...long, workflowId: null })
  expect(parseOwnerTag({ tag })).toEqual({ ...long, workflowId: null })
})

test.each(['', 'somebody/else', 'a/b/c/d', '/b/c', 'a//c', 'a/b/'])(
  '"%s" is no owner tag',
  (tag) => {
    expect(parseOwnerTag({ tag })).toBeNull()
  },
)

test('names of ours are known by their ends, and others are not', () => {
  const names = ['train', 'evaluate'].map((step) =>
    jobName({ slug: 'reviews', owner, step, attempt: 12 }),
  )
  expect(names.every(looksLikeJobName)).toBe(true)
  const others = ['reviews-2026-11-24-02-00-00-123', 'reviews-0123456789-a0', 'x-0123456789-m1']
  expect(others.some(looksLikeJobName)).toBe(false)
})

test('the name of a transform is one of ours, and no training’s', () => {
  const name = jobName({ slug: 'batch', owner, step: 'transform', attempt: 2 })
  expect(name).toMatch(/^batch-[0-9a-f]{10}-t2$/)
  expect(looksLikeJobName(name)).toBe(true)
})

test('canonical JSON does not depend on the order of keys, at any depth', () => {
  expect(canonicalJson({ b: [{ y: 1, x: null }], a: 'é' })).toBe('{"a":"é","b":[{"x":null,"y":1}]}')
  expect(canonicalJson({ a: [2, 1] })).not.toBe(canonicalJson({ a: [1, 2] }))
  expect(canonicalJson({ a: undefined })).toBe('{}')
})

test('a client token has the form of a UUID and follows from its text', () => {
  expect(tokenFor('reviews/abc')).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  expect(tokenFor('reviews/abc')).toBe(tokenFor('reviews/abc'))
  expect(tokenFor('reviews/abc')).not.toBe(tokenFor('reviews/abd'))
})
