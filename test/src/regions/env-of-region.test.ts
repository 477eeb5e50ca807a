import { envOfRegion } from '../../../src/regions/env-of-region'

const region = 'eu-west-1'

test('clients of another region have its name, and AWS’s own addresses', () => {
  const env = { AWS_REGION: 'us-east-1', AWS_PROFILE: 'mine' }
  expect(envOfRegion({ env, region })).toEqual({
    AWS_PROFILE: 'mine',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  })
})

test('addresses of the worker’s own region are not asked for another one', () => {
  const env = {
    AWS_ENDPOINT_URL_S3: 'http://here:1',
    AWS_ENDPOINT_URL_STS: 'http://here:2',
    HOLDFAST_ENDPOINT_URL_S3_EU_WEST_1: 'http://there:1',
  }
  const there = envOfRegion({ env, region })
  expect(there['AWS_ENDPOINT_URL_S3']).toBe('http://there:1')
  expect(there['AWS_ENDPOINT_URL_STS']).toBeUndefined()
})

test.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_SAGEMAKER'])(
  '%s without an address there is refused',
  (name) => {
    const env = { [name]: 'http://here:1', HOLDFAST_ENDPOINT_URL_S3_EU_WEST_1: 'http://there:1' }
    expect(() => envOfRegion({ env, region })).toThrow(
      expect.objectContaining({
        code: 'E_REGION_ENDPOINT',
        where: 'HOLDFAST_ENDPOINT_URL_SAGEMAKER_EU_WEST_1',
      }) as Error,
    )
  },
)
