import {
  Field,
  Int32,
  Int64,
  Int8,
  List,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
} from 'apache-arrow'
import type { TokenBatch } from './tokenize-rows'

/** The columns as Python's `datasets` describes them, in dataset_info.json and in each shard. */
export function datasetFeatures(
  labels: readonly string[],
  moreColumns: readonly string[] = [],
): Record<string, unknown> {
  // `List`, which datasets 4 and later write, is unknown to the versions in older training images.
  const sequence = (dtype: string) => ({ feature: { dtype, _type: 'Value' }, _type: 'Sequence' })
  return {
    text: { dtype: 'string', _type: 'Value' },
    labels: { names: labels, _type: 'ClassLabel' },
    input_ids: sequence('int32'),
    attention_mask: sequence('int8'),
    ...Object.fromEntries(moreColumns.map((name) => [name, { dtype: 'string', _type: 'Value' }])),
  }
}

/**
 * The batches as one Arrow IPC stream, which is what a dataset's shard is: the schema's message, one
 * message per batch, an end mark (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format).
 *
 * @example
 * for await (const bytes of arrowStream({ batches: tokenizeRows(options), labels })) file.write(bytes)
 */
export async function* arrowStream(options: {
  batches: AsyncIterable<TokenBatch>
  labels: readonly string[]
  /** Names of the values in `DatasetRow.more`. */
  moreColumns?: readonly string[] | undefined
}): AsyncGenerator<Uint8Array> {
  const { batches, labels, moreColumns = [] } = options
  const features = datasetFeatures(labels, moreColumns)
  const metadata = new Map([['huggingface', JSON.stringify({ info: { features } })]])
  const schema = new Schema(
    [
      new Field('text', new Utf8(), true),
      new Field('labels', new Int64(), true),
      new Field('input_ids', new List(new Field('item', new Int32(), true)), true),
      new Field('attention_mask', new List(new Field('item', new Int8(), true)), true),
      ...moreColumns.map((name) => new Field(name, new Utf8(), true)),
    ],
    metadata,
  )
  let started = false
  for await (const batch of batches) {
    // Each batch is written as a stream of its own, so that memory holds one batch and the reader sets
    // the pace; then the schema's message is kept once and the end mark comes last.
    const stream = streamOf(schema, recordBatch(schema, batch, moreColumns.length))
    const body = schemaBytes(stream)
    if (!started) yield stream.subarray(0, body)
    started = true
    yield stream.subarray(body, stream.length - endMark.length)
  }
  if (!started) {
    const stream = new RecordBatchStreamWriter()
      .reset(undefined, schema)
      .finish()
      .toUint8Array(true)
    yield stream.subarray(0, schemaBytes(stream))
  }
  yield endMark
}

/** Continuation mark and length 0. */
const endMark = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0)

function streamOf(schema: Schema, batch: RecordBatch): Uint8Array {
  const writer = new RecordBatchStreamWriter()
  writer.reset(undefined, schema)
  writer.write(batch)
  return writer.finish().toUint8Array(true)
}

/** Continuation mark (4), length of the metadata (4, little endian), metadata; a schema has no body. */
function schemaBytes(stream: Uint8Array): number {
  return 8 + new DataView(stream.buffer, stream.byteOffset).getInt32(4, true)
}

function recordBatch(schema: Schema, batch: TokenBatch, moreColumns: number): RecordBatch {
  const { rows, offsets, inputIds, attentionMask } = batch
  const length = rows.length
  const labels = BigInt64Array.from(rows, ({ label }) => BigInt(label))
  const textData = (texts: readonly string[]) =>
    makeData({ type: new Utf8(), length, nullCount: 0, ...utf8Column(texts) })
  const children = [
    textData(rows.map((row) => row.text)),
    makeData({ type: new Int64(), length, nullCount: 0, data: labels }),
    listData(new Int32(), offsets, inputIds),
    listData(new Int8(), offsets, attentionMask),
    ...Array.from({ length: moreColumns }, (_, at) =>
      textData(rows.map(({ more }) => more?.[at] ?? '')),
    ),
  ]
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }),
  )
}

function listData(type: Int32 | Int8, valueOffsets: Int32Array, data: Int32Array | Int8Array) {
  const child =
    data instanceof Int32Array
      ? makeData({ type: new Int32(), length: data.length, nullCount: 0, data })
      : makeData({ type: new Int8(), length: data.length, nullCount: 0, data })
  const list = new List<Int32 | Int8>(new Field('item', type, true))
  return makeData({
    type: list,
    length: valueOffsets.length - 1,
    nullCount: 0,
    valueOffsets,
    child,
  })
}

function utf8Column(texts: readonly string[]): { valueOffsets: Int32Array; data: Uint8Array } {
  const bytes = texts.map((text) => Buffer.from(text, 'utf8'))
  const valueOffsets = new Int32Array(texts.length + 1)
  bytes.forEach((value, index) => {
    valueOffsets[index + 1] = (valueOffsets[index] ?? 0) + value.length
  })
  return { valueOffsets, data: Buffer.concat(bytes) }
}
