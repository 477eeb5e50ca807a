import { colorsFor } from '../../../src/cli/colors'
import { formatEndpoints } from '../../../src/cli/format-endpoints'
import type { EndpointSummary } from '../../../src/client'

const now = Date.parse('2026-11-24T03:00:00.000Z')

function anEndpoint(changes: Partial<EndpointSummary>): EndpointSummary {
  return {
    endpointName: 'reviews',
    status: 'InService',
    source: 'reviews@3',
    configName: 'reviews-3f9a0c21de',
    previous: null,
    variants: [{ name: 'v-3f9a0c21de', weight: 1, instanceType: 'ml.m5.xlarge', instances: 1 }],
    usdPerMonth: 167.9,
    expiresAt: null,
    idleAfter: null,
    failureReason: null,
    namespaceId: '6d0f5d0e-0000-4000-a000-000000000000',
    ...changes,
  }
}

test.each([
  [{}, 'never'],
  [{ expiresAt: '2026-11-24T06:00:00.000Z' }, 'in 3h'],
  [{ idleAfter: 21_600 }, 'after 6h without a request'],
  [
    { expiresAt: '2026-11-24T06:00:00.000Z', idleAfter: 3_600 },
    'in 3h, or after 1h without a request',
  ],
  [{ expiresAt: '2026-11-24T03:00:00.000Z', idleAfter: 3_600 }, 'due'],
])('an endpoint with %j ends %s', (changes, ends) => {
  const [, line = ''] = formatEndpoints([anEndpoint(changes)], colorsFor({}, {}), now)
  expect(line.split(/ {2,}/).at(-1)).toBe(ends)
})
