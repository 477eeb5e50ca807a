import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { tableFromIPC } from 'apache-arrow'
import { loadTokenizer } from '../../../src/dataset/load-tokenizer'
import { prepareDataset, type PrepareDatasetOptions } from '../../../src/dataset/prepare-dataset'
import type { TextDataset } from '../../../src/dataset/saved-rows'
import { errorOf, inChunks, resolvedDataset } from './data-files'
import { filesOf, wordLevel } from './tiny-tokenizer'

const csv = (rows: string[]) => `text,label\n${rows.map((row) => `${row}\n`).join('')}`
const good = Array.from(
  { length: 50 },
  (_, index) => `good film ${index},${index % 2 ? 'pos' : 'neg'}`,
)

async function prepare(
  content: string | Uint8Array,
  options: { dataset?: Partial<TextDataset> } & Partial<
    Omit<PrepareDatasetOptions, 'dataset'>
  > = {},
) {
  const { dataset, ...rest } = options
  const written = new Map<string, Buffer>()
  const result = prepareDataset({
    dataset: resolvedDataset(dataset),
    preprocess: { task: 'text-classification', maxLength: 8, padding: 'none' },
    source: inChunks(content),
    tokenizer: await loadTokenizer({ files: filesOf({ 'tokenizer.json': wordLevel }) }),
    sink: {
      async writeFile(path, body) {
        written.set(path, await buffer(body))
      },
    },
    ...rest,
  })
  return { written, result }
}

test('every file is listed with the size and sha256 of the bytes that the sink got', async () => {
  const { written, result } = await prepare(csv(good))
  const { files, rows, labels } = await result
  expect(rows).toEqual({ train: 40, test: 10 })
  expect(labels).toEqual(['neg', 'pos'])
  expect(files).toHaveLength(6)
  for (const { path, size, sha256 } of files) {
    const bytes = written.get(path) ?? Buffer.alloc(0)
    expect([size, sha256]).toEqual([bytes.length, createHash('sha256').update(bytes).digest('hex')])
  }
})

test('rows for validation are written like the others, and the test files are the same bytes', async () => {
  const two = await prepare(csv(good))
  const split = { test: 0.2, seed: 7, validation: 0.1 }
  const three = await prepare(csv(good), { dataset: { split } })
  const { files, rows } = await three.result
  expect(rows).toEqual({ train: 35, validation: 5, test: 10 })
  expect(files).toHaveLength(9)
  const shard = 'data-00000-of-00001.arrow'
  expect(tableFromIPC(three.written.get(`validation/${shard}`)).numRows).toBe(5)
  await two.result
  expect(three.written.get(`test/${shard}`)).toEqual(two.written.get(`test/${shard}`))
})

test('a small shard limit makes more shards, which together hold every row', async () => {
  const { written, result } = await prepare(csv(good), { maxShardBytes: 1000 })
  await result
  const state = JSON.parse(written.get('train/state.json')?.toString() ?? '') as {
    _data_files: { filename: string }[]
  }
  expect(state._data_files.length).toBeGreaterThan(2)
  const rows = state._data_files.map(
    ({ filename }) => tableFromIPC(written.get(`train/${filename}`)).numRows,
  )
  expect(rows.reduce((a, b) => a + b, 0)).toBe(40)
})

test('a bad dataset is refused with every kind of fault, and nothing is written', async () => {
  const bad = Buffer.concat([
    Buffer.from(csv([...good, ',pos', 'no label,', 'third,maybe'])),
    Buffer.from([0x62, 0xe9]),
    Buffer.from(',pos\n'),
  ])
  const { written, result } = await prepare(bad, { dataset: { labels: ['neg', 'pos'] } })
  const { what } = await errorOf(result)
  expect(what).toContain('4 rows of the dataset cannot be used')
  expect(what).toContain('empty text: 1 (reviews.csv:52)')
  expect(what).toContain('missing label: 1 (reviews.csv:53)')
  expect(what).toContain('unexpected label: 1 (reviews.csv:54 "maybe")')
  expect(what).toContain('broken UTF-8: 1 (reviews.csv:55 byte ')
  expect(written.size).toBe(0)

  const dropped = await prepare(bad, { dataset: { labels: ['neg', 'pos'], onInvalid: 'drop' } })
  expect((await dropped.result).report).toMatchObject({
    read: 54,
    dropped: 4,
    droppedByKind: { emptyText: 1, missingLabel: 1, unexpectedLabel: 1, brokenUtf8: 1 },
  })
})

test('a file that changed since its key was taken is refused before anything is written', async () => {
  const { written, result } = await prepare(csv(good), { expectedKey: '0'.repeat(64) })
  expect((await errorOf(result)).code).toBe('E_DATA_CHANGED')
  expect(written.size).toBe(0)
})

test('an abort ends the work, and an error of the sink is thrown as it is', async () => {
  const controller = new AbortController()
  const many = Array.from({ length: 3000 }, (_, index) => `film ${index},${index % 2}`)
  const aborted = await prepare(csv(many), {
    signal: controller.signal,
    onProgress: ({ step }) => step === 'tokenizing' && controller.abort(new Error('cancelled')),
  })
  expect((await errorOf(aborted.result)).message).toBe('cancelled')

  const failing = await prepare(csv(good), {
    sink: { writeFile: () => Promise.reject(new Error('the disk is full')) },
  })
  expect((await errorOf(failing.result)).message).toBe('the disk is full')
})
