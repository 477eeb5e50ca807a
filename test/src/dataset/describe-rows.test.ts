import { describeRows } from '../../../src/dataset/describe-rows'

test('rows are told by their split, validation only where there is one', () => {
  expect(describeRows({ train: 1500, test: 1000 })).toBe('1,500 train and 1,000 test rows')
  expect(describeRows({ train: 1500, validation: 500, test: 1000 })).toBe(
    '1,500 train, 500 validation and 1,000 test rows',
  )
})
