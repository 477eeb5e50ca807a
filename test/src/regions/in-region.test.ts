import { inBucket, pipelineIn, regionsNamedBy, siteIn } from '../../../src/regions/in-region'
import { pipeline, site } from '../../workflows/scripted-world'

const region = 'eu-west-1'
const home = { instanceType: 'ml.g5.xlarge', useSpotInstances: true }

test('a site in another region has the same keys in that region’s bucket, and knows where its run is', () => {
  expect(siteIn({ site, region, bucket: 'c' })).toEqual({
    ...site,
    region,
    bucket: 'c',
    root: 's3://c/holdfast',
    run: 's3://c/holdfast/runs/r-12345678',
    home: 'us-east-1',
  })
})

test('what lies in another bucket, whose name may begin alike, is not moved', () => {
  expect(inBucket({ uri: 's3://b/k', from: 'b', to: 'c' })).toBe('s3://c/k')
  expect(inBucket({ uri: 's3://bb/k', from: 'b', to: 'c' })).toBeNull()
})

test('a pipeline has there what its region says, in place of its own, and no bucket of its own', () => {
  const regions = { [region]: { outputKmsKey: 'there', imageUri: 'image-there' } }
  const own = { outputKmsKey: 'here', subnets: ['s'] }
  const train = { ...pipeline.train, estimator: own, imageUri: 'image-here', regions }
  const given = { ...pipeline, train, storage: { bucket: 'mine', prefix: 'p' } }
  const there = pipelineIn({ pipeline: given, region })
  expect(there.train).toMatchObject({
    imageUri: 'image-there',
    estimator: { outputKmsKey: 'there', subnets: ['s'] },
  })
  expect(there.storage).toEqual({ prefix: 'p' })
})

test('regions are those of placements, each once', () => {
  const placements = [home, { ...home, region }, { ...home, useSpotInstances: false, region }]
  expect(regionsNamedBy({ train: { ...pipeline.train, placements } })).toEqual([region])
  expect(regionsNamedBy(pipeline)).toEqual([])
})
