import { endpointOwnerTag, namespaceOfEndpoint } from '../../../src/deploy/endpoint-owner'

const namespaceId = '6d0f5d0e-0000-4000-a000-000000000000'
const tag = endpointOwnerTag({ namespaceId, endpointName: 'reviews' })

test('an endpoint belongs to the namespace that its tag names', () => {
  expect(namespaceOfEndpoint({ endpointName: 'reviews', tag })).toBe(namespaceId)
})

test.each([
  ['of another endpoint', tag.replace('reviews', 'others')],
  ['of a job', `${namespaceId}/deploy-reviews/0a1b2c3d`],
  ['of somebody else', 'the team next door'],
  ['that is missing', undefined],
])('a tag %s makes it nobody’s', (_, other) => {
  expect(namespaceOfEndpoint({ endpointName: 'reviews', tag: other })).toBeNull()
})
