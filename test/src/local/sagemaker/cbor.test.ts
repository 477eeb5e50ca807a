import { cbor, tag } from '@smithy/core/cbor'
import fc from 'fast-check'
import { decodeCbor, encodeCbor, type CborValue } from '../../../../src/local/sagemaker/cbor'

/** Printed by fast-check when a property fails, with the path to the counterexample. */
const numRuns = 500

const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.maxSafeInteger(),
  // The codec of the AWS clients makes no difference between 0 and -0.
  fc.double({ noNaN: true }).map((each) => each + 0),
)
const { value } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      tie('value'),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
}))

test('what is encoded is decoded to the same', () => {
  fc.assert(
    fc.property(value, (each) => {
      expect(decodeCbor(encodeCbor(each))).toEqual(each)
    }),
    { numRuns },
  )
})

test('the codec of the AWS clients reads what we write and writes what we read', () => {
  fc.assert(
    fc.property(value, (each) => {
      expect(cbor.deserialize(encodeCbor(each))).toEqual(each)
      expect(decodeCbor(Buffer.from(cbor.serialize(each)))).toEqual(each)
    }),
    { numRuns },
  )
})

test('random bytes are read or refused, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        decodeCbor(Buffer.from(bytes))
      } catch (error) {
        expect((error as Error).name).toBe('SerializationException')
      }
    }),
    { numRuns: 5_000 },
  )
})

test('what JSON cannot say, CBOR says', () => {
  const numbers = [-0, Infinity, -Infinity, NaN]
  expect(decodeCbor(encodeCbor(numbers))).toEqual(numbers)
})

test('a time travels as tag 1 with epoch seconds, and arrives as epoch seconds', () => {
  const at = new Date(1_760_000_000_500)
  expect(cbor.deserialize(encodeCbor({ at }))).toEqual({
    at: tag({ tag: 1, value: 1_760_000_000.5 }),
  })
  const theirs = cbor.serialize({ at: tag({ tag: 1, value: 1_760_000_000.5 }) })
  expect(decodeCbor(Buffer.from(theirs))).toEqual({ at: 1_760_000_000.5 })
})

/** RFC 8949, appendix A. */
test.each([
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['bf61610161629f0203ffff', { a: 1, b: [2, 3] }],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['5f42010243030405ff', Buffer.from([1, 2, 3, 4, 5]).toString('base64')],
  ['f93c00', 1],
  ['f90001', 5.960464477539063e-8],
  ['f9fc00', -Infinity],
  ['fa47c35000', 100_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['3903e7', -1_000],
  ['c11a514b67b0', 1_363_896_240],
  ['f7', null],
])('%s is %j', (hex, expected) => {
  expect(decodeCbor(Buffer.from(hex, 'hex'))).toEqual(expected)
})

test.each([
  ['ends too early', '8301'],
  ['claims more than there is', '9bffffffffffffffff'],
  ['has something after its end', '0101'],
  ['names a member by a number', 'a10101'],
  ['has a tag without meaning', 'c249010000000000000000'],
  ['is not UTF-8', '61ff'],
  ['nests a hundred lists', '81'.repeat(100) + '01'],
])('a body that %s is refused', (_what, hex) => {
  expect(() => decodeCbor(Buffer.from(hex, 'hex'))).toThrow('is not CBOR that can be read')
})
