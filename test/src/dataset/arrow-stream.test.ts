import { tableFromIPC } from 'apache-arrow'
import { arrowStream } from '../../../src/dataset/arrow-stream'
import type { TokenBatch } from '../../../src/dataset/tokenize-rows'

async function* batchesOf(sizes: number[]): AsyncGenerator<TokenBatch> {
  for (const size of sizes) {
    const rows = Array.from({ length: size }, (_, index) => ({
      text: `é ${index}`,
      label: index % 2,
    }))
    const offsets = Int32Array.from({ length: size + 1 }, (_, index) => index * 3)
    const inputIds = Int32Array.from({ length: size * 3 }, (_, index) => index)
    const attentionMask = new Int8Array(size * 3).fill(1)
    yield { rows, offsets, inputIds, attentionMask, truncated: 0 }
  }
}

async function bytesOf(sizes: number[]): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of arrowStream({ batches: batchesOf(sizes), labels: ['neg', 'pos'] }))
    parts.push(part)
  return Buffer.concat(parts)
}

test('batches become one stream with one schema and the features in its metadata', async () => {
  const table = tableFromIPC(await bytesOf([2, 3]))
  expect(table.numRows).toBe(5)
  expect(table.batches).toHaveLength(2)
  expect(table.schema.fields.map((field) => `${field.name}: ${String(field.type)}`)).toEqual([
    'text: Utf8',
    'labels: Int64',
    'input_ids: List<Int32>',
    'attention_mask: List<Int8>',
  ])
  const metadata = JSON.parse(table.schema.metadata.get('huggingface') ?? '') as {
    info: { features: Record<string, { _type: string }> }
  }
  expect(metadata.info.features.labels).toEqual({ names: ['neg', 'pos'], _type: 'ClassLabel' })
  expect(metadata.info.features.input_ids?._type).toBe('Sequence')
  const row = table.get(3)?.toJSON() as {
    text: string
    labels: bigint
    input_ids: Iterable<number>
  }
  expect([row.text, row.labels, [...row.input_ids]]).toEqual(['é 1', 1n, [3, 4, 5]])
})

test('no batches make a stream with a schema and no rows', async () => {
  const table = tableFromIPC(await bytesOf([]))
  expect([table.numRows, table.schema.fields.length]).toEqual([0, 4])
})
