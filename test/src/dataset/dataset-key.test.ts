import { datasetKey, explainDifference } from '../../../src/dataset/dataset-key'
import { hashSource } from '../../../src/dataset/hash-source'
import { inChunks, resolvedDataset } from './data-files'

const settings = {
  padToken: '[PAD]',
  padId: 0,
  paddingSide: 'right',
  truncationSide: 'right',
} as const
const base = {
  sourceSha256: 'f'.repeat(64),
  tokenizer: { sha256: 'e'.repeat(64), settings },
  dataset: resolvedDataset(),
  preprocess: { task: 'text-classification', maxLength: 48, padding: 'none' } as const,
}

test('the key depends on content and options, not on where the file lies', () => {
  const { key } = datasetKey(base)
  expect(key).toMatch(/^[0-9a-f]{64}$/)
  expect(
    datasetKey({ ...base, dataset: resolvedDataset({ path: 's3://elsewhere/x.csv' }) }).key,
  ).toBe(key)
})

test('the keys of datasets that lie in buckets already are still theirs', () => {
  // As version 0.1.0 gave it: another one would have every dataset made anew.
  expect(datasetKey(base).key).toBe(
    'fc4e4f9aa3dc844a0937b5acccd3cd4c60b89ef1ea2310f583ec9eefe6332c6a',
  )
})

test('every option changes the key, and the explanation names it as the config does', () => {
  const changes = {
    'dataset.path (content)': { ...base, sourceSha256: '0'.repeat(64) },
    'dataset.format': { ...base, dataset: resolvedDataset({ format: 'tsv' }) },
    'dataset.encoding': { ...base, dataset: resolvedDataset({ encoding: 'latin-1' }) },
    'dataset.textColumn': { ...base, dataset: resolvedDataset({ textColumn: 'review' }) },
    'dataset.labelColumn': { ...base, dataset: resolvedDataset({ labelColumn: 'stars' }) },
    'dataset.labels': { ...base, dataset: resolvedDataset({ labels: ['neg', 'pos'] }) },
    'dataset.onInvalid': { ...base, dataset: resolvedDataset({ onInvalid: 'drop' }) },
    'dataset.split.test': { ...base, dataset: resolvedDataset({ split: { test: 0.1, seed: 7 } }) },
    'dataset.split.seed': { ...base, dataset: resolvedDataset({ split: { test: 0.2, seed: 8 } }) },
    'dataset.split.validation': {
      ...base,
      dataset: resolvedDataset({ split: { test: 0.2, seed: 7, validation: 0.1 } }),
    },
    'dataset.maxTrainSamples': { ...base, dataset: resolvedDataset({ maxTrainSamples: 9 }) },
    'dataset.maxEvalSamples': { ...base, dataset: resolvedDataset({ maxEvalSamples: 9 }) },
    'model (tokenizer.json)': { ...base, tokenizer: { sha256: '0'.repeat(64), settings } },
    'preprocess.maxLength': { ...base, preprocess: { ...base.preprocess, maxLength: 64 } },
    'evaluate.slices': { ...base, slices: ['source'] },
  }
  const before = datasetKey(base)
  const keys = new Set([before.key])
  for (const [part, options] of Object.entries(changes)) {
    const after = datasetKey(options)
    keys.add(after.key)
    expect(
      explainDifference(before.parts, after.parts).map((difference) => difference.part),
    ).toEqual([part])
  }
  expect(keys.size).toBe(1 + Object.keys(changes).length)
})

test('the explanation has the old and the new value', () => {
  const after = datasetKey({ ...base, preprocess: { ...base.preprocess, maxLength: 64 } })
  expect(explainDifference(datasetKey(base).parts, after.parts)).toEqual([
    { part: 'preprocess.maxLength', before: 48, after: 64 },
  ])
})

test('a part that one side does not know is named too', () => {
  expect(explainDifference({ a: 1 }, { a: 1, b: 2 })).toEqual([
    { part: 'b', before: null, after: 2 },
  ])
})

test('the hash of the source does not depend on its chunks', async () => {
  const [whole, pieces] = await Promise.all([
    hashSource({ source: inChunks('abc') }),
    hashSource({ source: inChunks('abc', 1) }),
  ])
  expect(whole).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(pieces).toBe(whole)
})
