import { createModelPackageRequest } from '../../../src/estimator/model-package-request'
import { thrownBy } from './thrown-by'

const options = {
  groupName: 'reviews',
  artifactUri: 's3://b/models/reviews/model.tar.gz',
  imageUri: 'image:1',
  metrics: { eval_accuracy: 0.78, eval_loss: NaN },
  sha256: 'ab'.repeat(32),
  run: 'reviews-1',
  clientToken: '01234567-0123-4123-a123-0123456789ab',
  metricsUri: 's3://b/models/reviews/manifest.json',
}

test('an approved version names its artifact, metrics and origin', () => {
  expect(createModelPackageRequest(options)).toEqual({
    ModelPackageGroupName: 'reviews',
    ModelPackageDescription: 'Run reviews-1',
    ModelApprovalStatus: 'PendingManualApproval',
    InferenceSpecification: {
      Containers: [{ Image: 'image:1', ModelDataUrl: options.artifactUri }],
      SupportedContentTypes: ['application/json'],
      SupportedResponseMIMETypes: ['application/json'],
    },
    ModelMetrics: {
      ModelQuality: {
        Statistics: { ContentType: 'application/json', S3Uri: options.metricsUri },
      },
    },
    CustomerMetadataProperties: {
      'holdfast:sha256': options.sha256,
      'holdfast:run': 'reviews-1',
      'metric:eval_accuracy': '0.78',
    },
    ClientToken: options.clientToken,
  })
})

test('metadata keeps to the service’s limits, whatever the metrics are called', () => {
  const metrics = Object.fromEntries(
    Array.from({ length: 80 }, (_, index) => [`${'<é>'.repeat(60)}${index}`, index]),
  )
  const made = createModelPackageRequest({ ...options, metrics, run: 'r<>'.repeat(200) })
  const properties = Object.entries(made.CustomerMetadataProperties ?? {})
  expect(properties.length).toBeLessThanOrEqual(50)
  expect(properties.every(([key, value]) => key.length <= 128 && value.length <= 256)).toBe(true)
  expect(properties.map(([key, value]) => key + value).join('')).not.toMatch(/[<>]/)
  expect(made.CustomerMetadataProperties?.['holdfast:sha256']).toBe(options.sha256)
})

test('names that the service refuses are refused here', () => {
  const refused = (over: object) =>
    thrownBy(() => createModelPackageRequest({ ...options, ...over })).code
  expect(refused({ groupName: 'my_model' })).toBe('E_MODEL_NAME')
  expect(refused({ clientToken: 'x'.repeat(37) })).toBe('E_MODEL_NAME')
})
