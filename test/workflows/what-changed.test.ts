import { nightRunId, whatChanged } from '../../workflows/what-changed'
import { pipeline, revision } from './scripted-world'

const last = { revision, run: 'reviews-x', version: 3, sha256: 'abc', publishedAt: '2026-11-23' }

test('a pipeline that publishes nothing is trained every night', () => {
  const unpublished = { ...pipeline }
  delete unpublished.publish
  expect(whatChanged({ pipeline: unpublished, revision, last: null })).toEqual({
    changed: true,
    reason: 'the pipeline publishes nothing that could be compared with',
  })
})

test('a revision differs by any of its parts, and all that differ are named in order', () => {
  const reasonOf = (old: object) =>
    whatChanged({ pipeline, revision, last: { ...last, revision: { ...revision, ...old } } }).reason
  expect(reasonOf({ config: '' })).toBe('config changed')
  expect(reasonOf({ config: '', model: '' })).toBe('model and config changed')
  expect(reasonOf({ config: '', code: '', model: '', data: '' })).toBe(
    'data, model, code and config changed',
  )
  expect(whatChanged({ pipeline, revision, last }).changed).toBe(false)
})

test('the run of a night is named for when it was due, in UTC', () => {
  const due = new Date('2026-03-29T02:30:05.999+02:00')
  expect(nightRunId({ pipeline: 'reviews', due })).toBe('reviews-20260329t003005')
})
