import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { float, pythonFloatRepr, pythonJson } from '../../../src/estimator/python-json'

test.each([
  [1, '1'],
  [float(1), '1.0'],
  [5e-5, '5e-05'],
  [1e-7, '1e-07'],
  [0.0001, '0.0001'],
  [1e16, '1e+16'],
  [float(1e15), '1000000000000000.0'],
  [1e22, '1e+22'],
  [1.5e300, '1.5e+300'],
  [-0.5, '-0.5'],
  [123.456, '123.456'],
  [-0, '-0.0'],
  [NaN, 'NaN'],
  [Infinity, 'Infinity'],
  [12345678901234567890n, '12345678901234567890'],
  [true, 'true'],
  [null, 'null'],
  ['hé世😀', '"h\\u00e9\\u4e16\\ud83d\\ude00"'],
  ['\u007f\u2028', '"\\u007f\\u2028"'],
  ['say "hi"\n\\', '"say \\"hi\\"\\n\\\\"'],
  [{ z: 1, a: { y: true } }, '{"z": 1, "a": {"y": true}}'],
  [[1, 'two', null, 2.5], '[1, "two", null, 2.5]'],
  [{ gone: undefined, rate: float(2) }, '{"rate": 2.0}'],
])('%p is written as Python writes it', (value, expected) => {
  expect(pythonJson(value)).toBe(expected)
})

const python = (() => {
  try {
    execFileSync('python3', ['-c', ''])
    return 'python3'
  } catch {
    return undefined
  }
})()

;(python ? test : test.skip)('any float and any text read equal to Python’s own json.dumps', () => {
  const values = fc.sample(
    fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => ({ n, text: undefined })),
      fc.string({ unit: 'binary' }).map((text) => ({ n: undefined, text })),
    ),
    { numRuns: 2_000, seed: 7 },
  )
  const bytes = Buffer.concat(
    values.map(({ n, text }) => {
      const body = Buffer.from(text ?? '', 'utf8')
      const head = Buffer.alloc(13)
      head.writeUInt8(n === undefined ? 1 : 0)
      head.writeDoubleBE(n ?? 0, 1)
      head.writeUInt32BE(body.length, 9)
      return Buffer.concat([head, body])
    }),
  )
  const script = [
    'import json, struct, sys',
    'data, at = sys.stdin.buffer.read(), 0',
    'while at < len(data):',
    '    kind, number, size = struct.unpack_from(">BdI", data, at)',
    '    at += 13',
    '    print(json.dumps(data[at:at + size].decode() if kind else number))',
    '    at += size',
  ].join('\n')
  const theirs = execFileSync('python3', ['-c', script], { input: bytes }).toString().split('\n')
  const ours = values.map(({ n, text }) =>
    n === undefined ? pythonJson(text) : pythonFloatRepr(n),
  )
  expect(ours).toEqual(theirs.slice(0, -1))
})
