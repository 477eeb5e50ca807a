/** The smallest files that are a model: what publishing looks at, and nothing that could be loaded. */
import type { TarEntry } from '../a-tar'

/** A safetensors file with one tensor of bytes. */
export function safetensors(data: Buffer | string, header?: unknown): Buffer {
  const bytes = Buffer.from(data)
  const tensor = { dtype: 'U8', shape: [bytes.length], data_offsets: [0, bytes.length] }
  const head = Buffer.from(JSON.stringify(header ?? { weight: tensor }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(head.length))
  return Buffer.concat([length, head, bytes])
}

/** Models of different names have different bytes. */
export function tinyModel(name: string): TarEntry[] {
  return [
    { path: 'config.json', body: JSON.stringify({ model_type: 'bert', name }) },
    { path: 'model.safetensors', body: safetensors(`weights of ${name}`) },
    { path: 'tokenizer.json', body: '{}' },
    // As a Trainer leaves it: a pickle beside the weights.
    { path: 'training_args.bin', body: 'pickled' },
  ]
}
