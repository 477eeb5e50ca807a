/** Archives of a model that must not be published as they stand, the same for the same seed. */
import { gunzipSync, gzipSync } from 'node:zlib'

import { tarGz, type TarEntry } from '../a-tar'
import { safetensors, tinyModel } from './tiny-model'

const pickleNames = [
  'pytorch_model.bin',
  'model.pt',
  'a/model.pkl',
  'model.joblib',
  'MODEL.PTH',
  'm.ckpt',
]

export interface MutatedModels {
  /** A whole model, which is what the mutants were. */
  original: Buffer
  /** Each makes an archive that must not be published as it stands, and says which one. */
  mutations: Record<string, () => Buffer>
  /** A whole number from 0 to below the limit. */
  below: (limit: number) => number
}

export function mutatedModels(seed: number): MutatedModels {
  let state = seed
  /** Park and Miller's generator: the same seed gives the same mutants everywhere. */
  function below(limit: number): number {
    state = (state * 48_271 + 11) % 2_147_483_647
    return state % limit
  }
  const oneOf = <T>(items: readonly T[]): T => items[below(items.length)] as T

  const entries = (): TarEntry[] => tinyModel('mutated')
  const original = tarGz(entries())
  const without = (path: string) => entries().filter((entry) => entry.path !== path)
  const weights = (bytes: Buffer | string): TarEntry => ({ path: 'model.safetensors', body: bytes })
  const withWeights = (bytes: Buffer | string) => [...without('model.safetensors'), weights(bytes)]
  const tensor = (over: object) => ({
    weight: { dtype: 'U8', shape: [8], data_offsets: [0, 8], ...over },
  })

  function flipped(bytes: Buffer, at = below(bytes.length)): Buffer {
    const mutant = Buffer.from(bytes)
    mutant[at] = (mutant[at] ?? 0) ^ (1 << below(8))
    return mutant
  }

  const mutations: Record<string, () => Buffer> = {
    'a bit of the archive is flipped': () => flipped(original),
    'the archive is cut short': () => original.subarray(0, below(original.length)),
    'the archive is followed by other bytes': () =>
      Buffer.concat([original, Buffer.from('x'.repeat(below(40) + 1))]),
    'the tar inside is cut short': () => {
      const inner = gunzipSync(original)
      // Its last kilobyte is padding, which may be missing.
      return gzipSync(inner.subarray(0, below(inner.length - 1_024 - 512)))
    },
    'the weights are cut short': () => {
      const whole = safetensors('weights of eight bytes')
      return tarGz(withWeights(whole.subarray(0, below(whole.length))))
    },
    'the weights are followed by other bytes': () =>
      tarGz(withWeights(Buffer.concat([safetensors('weights'), Buffer.alloc(below(40) + 1)]))),
    'a bit of the header’s length is flipped': () =>
      tarGz(withWeights(flipped(safetensors('w'), below(8)))),
    'the header lies': () =>
      tarGz(
        withWeights(
          safetensors(
            '12345678',
            oneOf([
              tensor({ shape: [9] }),
              tensor({ shape: [-8] }),
              tensor({ shape: [2, 2] }),
              tensor({ shape: 8 }),
              tensor({ dtype: 'F32' }),
              tensor({ dtype: 'PICKLE' }),
              tensor({ dtype: '__proto__' }),
              tensor({ data_offsets: [0, 9] }),
              tensor({ data_offsets: [1, 9] }),
              tensor({ data_offsets: [8, 0] }),
              tensor({ data_offsets: [0] }),
              { ...tensor({}), other: { dtype: 'U8', shape: [4], data_offsets: [4, 8] } },
              { weight: null },
              {},
              [],
              'text',
            ]),
          ),
        ),
      ),
    'there is only a pickle': () =>
      tarGz([...without('model.safetensors'), { path: oneOf(pickleNames), body: 'pickled' }]),
    'a pickle is called safetensors': () =>
      tarGz(withWeights(`\u0080\u0004\u0095${'x'.repeat(below(99))}`)),
    'there are no weights': () => tarGz(without('model.safetensors')),
    'there is no config': () => tarGz(without('config.json')),
    'the config is something else': () =>
      tarGz([
        ...without('config.json'),
        { path: 'config.json', body: oneOf(['', '[]', 'null', '{', '"x"']) },
      ]),
    'a shard of the index is missing': () =>
      tarGz([
        ...entries(),
        {
          path: 'model.safetensors.index.json',
          body: oneOf([
            '{"weight_map":{"a":"model-00001-of-00002.safetensors"}}',
            '{"weight_map":{"a":"../../outside.safetensors"}}',
            '{}',
            '[',
          ]),
        },
      ]),
    'it holds a link': () =>
      tarGz([
        ...entries(),
        {
          path: oneOf(['link', 'code/link', 'model-2.safetensors']),
          type: oneOf(['SymbolicLink', 'Link'] as const),
          linkpath: oneOf(['/etc/passwd', '../../outside', 'config.json']),
        },
      ]),
    'it leads outside': () =>
      tarGz([
        ...entries(),
        { path: oneOf(['../escape', '/tmp/holdfast-escape', 'a/../../b']), body: 'x' },
      ]),
    'two files are swapped': () =>
      tarGz([
        { path: 'config.json', body: safetensors('weights') },
        { path: 'model.safetensors', body: '{}' },
      ]),
    'it is empty': () => oneOf([Buffer.alloc(0), tarGz([]), gzipSync(''), Buffer.from('model')]),
  }

  return { original, mutations, below }
}
