import { open } from 'node:fs/promises'

/** Bytes. What the format itself allows (huggingface/safetensors, README: "header ... limit of 100MB"). */
const maxHeader = 100_000_000

/** Bits of one element; the library refuses a type that it does not know, and so do we. */
const bitsOf: Readonly<Record<string, number>> = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
}

interface Tensor {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

/**
 * Why a safetensors file would not load; null when it would. Its tensors must fill the file from end to
 * end without a gap or an overlap, each as long as its type and shape say: a file that was cut short,
 * or whose header lies, fails.
 */
export async function safetensorsFault(path: string): Promise<string | null> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    if (size < 8) return 'it is shorter than the length of its header'
    const length = Buffer.alloc(8)
    await file.read(length, 0, 8, 0)
    const headerSize = Number(length.readBigUInt64LE())
    if (headerSize < 2 || headerSize > maxHeader || headerSize > size - 8)
      return `its header claims ${headerSize} bytes of a file of ${size}`
    const header = Buffer.alloc(headerSize)
    await file.read(header, 0, headerSize, 8)
    return headerFault(header, size - 8 - headerSize)
  } finally {
    await file.close()
  }
}

function headerFault(bytes: Buffer, dataSize: number): string | null {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(bytes))
  } catch {
    return 'its header is not JSON'
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    return 'its header is not an object'
  const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__')
  if (tensors.length === 0) return 'it holds no tensor'
  const spans: [number, number][] = []
  for (const [name, value] of tensors) {
    const span = spanOf(value as Partial<Tensor> | null)
    if (span === null) return `the header’s entry of tensor ${JSON.stringify(name)} is wrong`
    spans.push(span)
  }
  let end = 0
  for (const [from, to] of spans.sort(([a, b], [c, d]) => a - c || b - d)) {
    if (from !== end) return `its tensors overlap, or leave a gap, at byte ${end}`
    end = to
  }
  return end === dataSize
    ? null
    : `its tensors have ${end} bytes, the file has ${dataSize} for them`
}

/** Null when the entry contradicts itself. */
function spanOf(tensor: Partial<Tensor> | null): [number, number] | null {
  if (typeof tensor !== 'object' || tensor === null) return null
  const { dtype, shape, data_offsets: offsets } = tensor
  const bits = typeof dtype === 'string' && Object.hasOwn(bitsOf, dtype) ? bitsOf[dtype] : undefined
  if (bits === undefined || !areCounts(shape) || !areCounts(offsets) || offsets.length !== 2)
    return null
  const elements = shape.reduce((product, length) => product * length, 1)
  const [from = 0, to = 0] = offsets
  return to - from === Math.ceil((elements * bits) / 8) ? [from, to] : null
}

function areCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0)
}
