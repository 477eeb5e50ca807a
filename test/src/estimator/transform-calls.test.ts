import { estimatorTransformCalls, transformCalls } from '../../../src/estimator/transform-calls'
import { estimator, model, session, stamps } from './serving-examples'
import { thrownBy } from './thrown-by'

const transformer = { instanceCount: 1, instanceType: 'ml.m5.xlarge' }
const transform = { data: 's3://data/rows' }
const { stamp } = stamps

test('an input that is not on S3 is refused', () => {
  const refusal = thrownBy(() =>
    transformCalls({ model, transformer, transform: { data: './rows' }, session, stamp }),
  )
  expect(refusal.code).toBe('E_CHANNEL_URI')
})

test('a model without a network keeps its own environment only', () => {
  const env = { A: 'b' }
  const jobOf = (enableNetworkIsolation: boolean) =>
    transformCalls({
      model: { ...model, enableNetworkIsolation },
      transformer: { ...transformer, env },
      transform,
      session,
      stamp,
    })[1]?.params
  expect(jobOf(true)).not.toHaveProperty('Environment')
  expect(jobOf(false)).toMatchObject({ Environment: env })
})

test('the tags of an estimator are those of its transform, unless there are others', () => {
  const tagsOf = (tags?: Record<string, string>) =>
    estimatorTransformCalls({
      estimator: { ...estimator, tags: { team: 'nlp' } },
      jobName: 'reviews-1',
      transformer: { ...transformer, tags },
      transform,
      session,
      stamp,
    }).map(({ params }) => ('Tags' in params ? params.Tags : undefined))
  const nlp = [{ Key: 'team', Value: 'nlp' }]
  const vision = [{ Key: 'team', Value: 'vision' }]
  expect(tagsOf()).toEqual([nlp, nlp])
  expect(tagsOf({ team: 'vision' })).toEqual([vision, vision])
})
