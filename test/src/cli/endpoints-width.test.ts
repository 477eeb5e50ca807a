import type { EndpointSummary } from '../../../src/client'
import { colorsFor } from '../../../src/cli/colors'
import { formatEndpoints } from '../../../src/cli/format-endpoints'

test('the list of endpoints keeps the end of a long address, and fits in a terminal', () => {
  const source = `s3://sagemaker-us-east-1-111122223333/holdfast/models/${'0'.repeat(64)}/model.tar.gz`
  const endpoint = {
    ...{ endpointName: 'reviews', status: 'InService', source, previous: null },
    variants: [{ name: 'v-028e7a5639', weight: 1, instanceType: 'ml.m5.xlarge', instances: 1 }],
    ...{ usdPerMonth: null, expiresAt: null, idleAfter: null },
  } as unknown as EndpointSummary
  const [head = '', line = ''] = formatEndpoints([endpoint], colorsFor({ isTTY: false }, {}), 0)
  expect(line).toContain('…000000000000000000/model.tar.gz  v-028e7a5639 100 %')
  expect(Math.max(head.length, line.length)).toBeLessThanOrEqual(120)
})
