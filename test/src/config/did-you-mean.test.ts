import { didYouMean } from '../../../src/config/did-you-mean'

const keys = ['entryPoint', 'sourceDir', 'maxRun', 'maxWait', 'role']

test.each([
  ['entryPont', 'entryPoint'],
  ['entry_point', 'entryPoint'],
  ['MAXRUN', 'maxRun'],
  ['max-wait', 'maxWait'],
  ['rol', 'role'],
])('%s was meant to be %s', (typed, meant) => expect(didYouMean(typed, keys)).toBe(meant))

test.each(['banana', 'x', '', '_', 'e'.repeat(500)])('nothing is near %s', (typed) =>
  expect(didYouMean(typed, keys)).toBeUndefined(),
)
