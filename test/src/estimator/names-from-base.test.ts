import {
  baseOfName,
  imageName,
  nameFromBase,
  uniqueNameFromBase,
} from '../../../src/estimator/names-from-base'
import { stamps } from './serving-examples'

test('a long base is cut so that the name has 63 characters', () => {
  const name = nameFromBase({ base: 'a'.repeat(80), ...stamps })
  expect(name).toHaveLength(63)
  expect(name).toMatch(/^a{39}-2026-01-02-03-04-05-678$/)
})

test('a unique name is cut one character shorter, as the SDK counts', () => {
  expect(uniqueNameFromBase({ base: 'a'.repeat(80), ...stamps })).toHaveLength(63)
  expect(uniqueNameFromBase({ base: 'reviews', ...stamps })).toBe('reviews-1767323045-0a1b')
})

test.each([
  ['1.dkr.ecr.us-east-1.amazonaws.com/own/serving:1', 'serving'],
  ['serving', 'serving'],
  ['host:5000/serving:1', 'serving'],
])('the repository of %s is %s', (uri, name) => {
  expect(imageName(uri)).toBe(name)
})

test('a stamp is taken off a generated name, and nothing off another', () => {
  expect(baseOfName('reviews-2026-01-02-03-04-05-678')).toBe('reviews')
  expect(baseOfName('reviews-2026')).toBe('reviews-2026')
})
