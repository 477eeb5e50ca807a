import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { packageRoot } from '../../src/package-root'
import { matrix } from './matrix'
import { patched } from './mutated-tree'
import { mutations } from './mutations'
import { naiveDesign } from './naive'
import { readResults } from './results'
import { withResults } from './write-reliability'

const read = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8')

test('every row of the fault matrix is there once', () => {
  const ids = matrix.map(({ id }) => id)
  const series = (letter: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)
  expect(ids).toEqual([
    ...series('W', 8),
    ...series('T', 9),
    ...series('S', 7),
    ...series('M', 18),
    ...series('C', 3),
    'B1',
    'R1',
    'R2',
    'P1',
    'P2',
    'E1',
    'E2',
    'H1',
  ])
})

test.each(
  matrix.flatMap(({ id, proofs }) =>
    proofs.flatMap((proof) => ('test' in proof ? [[id, proof.test, proof.title] as const] : [])),
  ),
)('row %s names a test that there is: %s, %s', (_id, file, title) => {
  expect(read(file)).toContain(title)
})

test.each(matrix.flatMap(({ proofs }) => proofs.flatMap((p) => ('python' in p ? [p.python] : []))))(
  'a file of Python tests that the matrix names is there: %s',
  (file) => {
    expect(read(file)).toContain('unittest')
  },
)

test('docs/reliability.md shows the matrix and the runs that are kept', () => {
  const text = read('docs/reliability.md')
  expect(withResults({ text, results: readResults() })).toBe(text)
})

test.each([
  ...mutations.flatMap(({ name, patches }) => patches.map((patch) => [name, patch] as const)),
  ...naiveDesign.map((patch) => ['the naive design', patch] as const),
])('%s: its patch fits the code as it is built', (_name, patch) => {
  const text = read(patch.file)
  expect(patched({ text, patch })).not.toBe(text)
})
