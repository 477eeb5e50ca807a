import { formatFaults } from '../../../src/cli/format-faults'

const caretUnder = (sourceLine: string, column: number): string[] =>
  formatFaults([
    { ...{ file: 'pipeline.yaml', path: 'name', message: 'is odd' }, line: 3, column, sourceLine },
  ])
    .split('\n')
    .slice(1)

test('the caret stands below its character', () => {
  expect(caretUnder('name: a b', 7)).toEqual(['  3 | name: a b', '    |       ^'])
})

test('the caret stands below its character also where others before it take two columns, or none', () => {
  expect(caretUnder('名前: x', 5)).toEqual(['  3 | 名前: x', '    |       ^'])
  expect(caretUnder('e\u0301: x', 5)).toEqual(['  3 | e\u0301: x', '    |    ^'])
  expect(caretUnder('\tname: x', 8)).toEqual(['  3 | \tname: x', '    | \t      ^'])
})
