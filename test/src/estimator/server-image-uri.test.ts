import { imageTable } from '../../../src/estimator/image-table'
import { serverImageUri } from '../../../src/estimator/server-image-uri'
import { thrownBy } from './thrown-by'

const region = 'us-east-1'

test('a server of language models is looked up by its own version', () => {
  expect(serverImageUri({ framework: 'huggingface-llm', version: '2.0.2', region })).toBe(
    '763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-tgi-inference:2.3.0-tgi2.0.2-gpu-py310-cu121-ubuntu22.04',
  )
})

test('a short version stands for a full one', () => {
  const cpu = { framework: 'huggingface-tei-cpu' as const, region }
  expect(serverImageUri({ ...cpu, version: '1.4' })).toBe(
    serverImageUri({ ...cpu, version: '1.4.0' }),
  )
})

test('every server has an image in every region of its registry', () => {
  for (const { framework, version, registry } of imageTable().servers) {
    for (const place of Object.keys(imageTable().registries[registry] ?? {})) {
      expect(serverImageUri({ framework, version, region: place })).toMatch(/^\d{12}\.dkr\.ecr\./)
    }
  }
})

test.each([
  [{ version: '0.1' }, 'version'],
  [{ version: '2.0.2', pyVersion: 'py36' }, 'pyVersion'],
  [{ version: '2.0.2', instanceType: 'ml.c5.xlarge' }, 'instanceType'],
  [{ version: '2.0.2', region: 'nowhere-1' }, 'region'],
])('a server without an image for %j is refused', (given, where) => {
  const query = { framework: 'huggingface-llm' as const, region, ...given }
  expect(thrownBy(() => serverImageUri(query))).toMatchObject({ code: 'E_NO_IMAGE', where })
})
