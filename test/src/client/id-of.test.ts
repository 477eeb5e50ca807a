import { idOf } from '../../../src/client/id-of'
import { pipeline } from '../plan/pipeline'
import { aSweep } from './a-sweep'

test('the same pipeline gives the same id, whatever the order of its keys', () => {
  const reordered = Object.fromEntries(Object.entries(pipeline).reverse()) as typeof pipeline
  expect(idOf(pipeline)).toMatch(/^reviews-[a-z2-9]{6}$/)
  expect(idOf(reordered)).toBe(idOf(pipeline))
})

test('any change of the pipeline gives another id', () => {
  const ids = [
    pipeline,
    { ...pipeline, train: { ...pipeline.train, maxRun: 3601 } },
    { ...pipeline, dataset: { ...pipeline.dataset, split: { test: 0.1, seed: 8 } } },
    { ...pipeline, tags: { team: 'nlp' } },
  ].map(idOf)
  expect(new Set(ids).size).toBe(ids.length)
})

test('the same sweep gives the same id, whatever the order of its keys', () => {
  const sweep = aSweep()
  const reordered = Object.fromEntries(Object.entries(sweep).reverse()) as typeof sweep
  expect(idOf(sweep)).toMatch(/^reviews-lr-[a-z2-9]{6}$/)
  expect(idOf(reordered)).toBe(idOf(sweep))
})

test('any change of the sweep or of its pipeline gives another id', () => {
  const ids = [
    aSweep(),
    aSweep({ seed: 8 }),
    aSweep({ runCap: 7 }),
    aSweep({ pipeline: { ...pipeline, tags: { team: 'nlp' } } }),
  ].map(idOf)
  expect(new Set(ids).size).toBe(ids.length)
})
