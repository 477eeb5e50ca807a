import { imageTable } from '../../../src/estimator/image-table'
import type { ImageRow } from '../../../src/estimator/image-table'
import {
  inferenceImageFor,
  inferenceImageUri,
  trainingImageUri,
} from '../../../src/estimator/image-uri'
import type { ImageQuery } from '../../../src/estimator/image-uri'
import { thrownBy } from './thrown-by'

const blog = { transformersVersion: '4.6', pytorchVersion: '1.7', pyVersion: 'py36' }
const gpu = { region: 'us-west-2', instanceType: 'ml.p3.2xlarge' }

test('versions are looked up in full and written as they were typed', () => {
  expect(trainingImageUri({ ...blog, ...gpu })).toBe(
    '763104351884.dkr.ecr.us-west-2.amazonaws.com/huggingface-pytorch-training:1.7-transformers4.6-gpu-py36-cu110-ubuntu18.04',
  )
  expect(
    trainingImageUri({ transformersVersion: '4.6.1', pytorchVersion: '1.7.1', ...gpu }),
  ).toContain(':1.7.1-transformers4.6.1-gpu-py36-')
})

test('every row of the table has an image in every region of its registry', () => {
  for (const row of imageTable().images) {
    for (const region of Object.keys(imageTable().registries[row.registry] ?? {})) {
      const query = {
        transformersVersion: row.transformers,
        [`${row.framework}Version`]: row.version,
        pyVersion: row.py,
        region,
      }
      expect(uriOfRow(row, query)).toMatch(
        /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.[a-z0-9.]+\/huggingface-[a-z-]+:\S+$/,
      )
    }
  }
})

function uriOfRow(row: ImageRow, query: ImageQuery): string {
  const inferentia = { neuron: 'ml.inf1.xlarge', neuronx: 'ml.inf2.xlarge' }
  if (row.scope === 'inference') return inferenceImageUri(query)
  if (row.scope === 'neuron' || row.scope === 'neuronx') {
    return inferenceImageUri({ ...query, instanceType: inferentia[row.scope] })
  }
  const compiler = row.scope === 'compiler'
  return trainingImageUri({ ...query, instanceType: 'ml.g5.xlarge', compiler })
}

test('AWS Inferentia has its own images, tagged in full whatever was typed', () => {
  const region = 'us-east-1'
  expect(
    inferenceImageUri({
      ...{ transformersVersion: '4.12', pytorchVersion: '1.9', pyVersion: 'py37' },
      ...{ region, instanceType: 'ml.inf1.xlarge' },
    }),
  ).toContain('-neuron:1.9.1-transformers4.12.3-neuron-py37-sdk1.17.1-ubuntu18.04')
  const query = { transformersVersion: '4.37', pytorchVersion: '2.1', region }
  expect(thrownBy(() => inferenceImageUri({ ...query, instanceType: 'ml.inf2.xlarge' })).code).toBe(
    'E_NO_IMAGE',
  )
})

test('the newest pairs are there', () => {
  const query = { transformersVersion: '5.3', pytorchVersion: '2.9', ...gpu }
  expect(trainingImageUri(query)).toContain(':2.9-transformers5.3-gpu-py312-cu130-')
})

test.each([
  ['cn-north-1', '727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn'],
  ['us-iso-east-1', '.dkr.ecr.us-iso-east-1.c2s.ic.gov'],
  ['us-gov-west-1', '442386744353.dkr.ecr.us-gov-west-1.amazonaws.com'],
])('%s has its own account and domain', (region, host) => {
  const query = { transformersVersion: '4.28', pytorchVersion: '2.0', pyVersion: 'py310' }
  expect(trainingImageUri({ ...query, region, instanceType: 'ml.p3.2xlarge' })).toContain(host)
})

test('serverless and CPU instances get the image for CPUs', () => {
  const query = { transformersVersion: '4.37', pytorchVersion: '2.1', region: 'us-east-1' }
  expect(inferenceImageUri(query)).toContain('-cpu-py310-ubuntu22.04')
  expect(inferenceImageUri({ ...query, instanceType: 'ml.g4dn.xlarge' })).toContain('-gpu-')
})

test('a refusal names the nearest pairs', () => {
  const refusal = thrownBy(() =>
    trainingImageUri({ transformersVersion: '4.7', pytorchVersion: '1.9', ...gpu }),
  )
  expect(refusal.code).toBe('E_NO_IMAGE')
  expect(refusal.hint).toContain('transformers 4.6.1 with pytorch 1.8.1')
})

test.each([
  [{ pytorchVersion: '1.7.1' }, 'E_IMAGE_VERSIONS', 'mix a full and a short version'],
  [{ tensorflowVersion: '2.4' }, 'E_IMAGE_VERSIONS', 'both given'],
  [{ pytorchVersion: undefined }, 'E_IMAGE_VERSIONS', 'neither pytorchVersion'],
  [{ pyVersion: 'py311' }, 'E_NO_IMAGE', 'has no py311'],
  [{ instanceType: 'ml.m5.xlarge' }, 'E_NO_IMAGE', 'does not run on this instance type'],
  [{ instanceType: 'ml.trn1.2xlarge' }, 'E_NO_IMAGE', 'does not run on this instance type'],
  [{ region: 'mars-north-1' }, 'E_NO_IMAGE', 'region mars-north-1'],
])('%j is refused', (over, code, what) => {
  const refusal = thrownBy(() => trainingImageUri({ ...blog, ...gpu, ...over }))
  expect(refusal.code).toBe(code)
  expect(refusal.what).toContain(what)
})

test('a training pair without an inference image is known, with the nearest ones', () => {
  const none = inferenceImageFor({ transformersVersion: '4.56', pytorchVersion: '2.8' })
  expect(none.pair).toBeUndefined()
  expect(none.nearest[0]).toEqual({
    transformersVersion: '4.51.3',
    framework: 'pytorch',
    frameworkVersion: '2.6.0',
    pyVersion: 'py312',
  })
  const same = inferenceImageFor({ transformersVersion: '4.48', pytorchVersion: '2.3' })
  expect(same.pair?.transformersVersion).toBe('4.48.0')
})
