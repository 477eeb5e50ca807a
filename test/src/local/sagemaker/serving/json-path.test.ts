import { parsePath, select } from '../../../../../src/local/sagemaker/serving/json-path'

const record = ['a', 'b', 'c']
const nested = { a: { b: [1, { c: 'deep' }] }, 'odd name': true }

test.each<[string, unknown, unknown]>([
  ['$', record, record],
  ['$[1:]', record, ['b', 'c']],
  ['$[:-1]', record, ['a', 'b']],
  ['$[0,-1]', record, ['a', 'c']],
  ['$[ 1 ]', record, 'b'],
  ['$.a.b', nested, [1, { c: 'deep' }]],
  ["$['odd name']", nested, true],
  ['$.a.b[1].c', nested, 'deep'],
  ['$.a.missing', nested, undefined],
  ['$[0]', nested, undefined],
  ['$.constructor', nested, undefined],
])('%s selects what JSONPath says', (path, value, selected) => {
  expect(select(parsePath(path) ?? fail(path), value)).toEqual(selected)
})

test.each(['', 'a', '$..a', '$.*', '$[*]', '$[?(@.a)]', '$[0:2:2]', '$.a b', "$['a','b']"])(
  '%p is not one of the forms, and is not taken for one',
  (path) => {
    expect(parsePath(path)).toBeUndefined()
  },
)

function fail(path: string): never {
  throw new Error(`${path} was not parsed`)
}
