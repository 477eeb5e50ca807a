import { runIdOf } from '../../../src/client/run-id'
import { pipeline } from '../plan/pipeline'

test('the same pipeline gives the same id, whatever the order of its keys', () => {
  const reordered = Object.fromEntries(Object.entries(pipeline).reverse()) as typeof pipeline
  expect(runIdOf(pipeline)).toMatch(/^reviews-[a-z2-9]{6}$/)
  expect(runIdOf(reordered)).toBe(runIdOf(pipeline))
})

test('any change of the pipeline gives another id', () => {
  const ids = [
    pipeline,
    { ...pipeline, train: { ...pipeline.train, maxRun: 3601 } },
    { ...pipeline, dataset: { ...pipeline.dataset, split: { test: 0.1, seed: 8 } } },
    { ...pipeline, tags: { team: 'nlp' } },
  ].map(runIdOf)
  expect(new Set(ids).size).toBe(ids.length)
})
