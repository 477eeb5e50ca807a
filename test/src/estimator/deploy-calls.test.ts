import { deployCalls } from '../../../src/estimator/deploy-calls'
import type { DeployOptions } from '../../../src/estimator/endpoint-options'
import { estimatorDeployCalls } from '../../../src/estimator/estimator-deploy-calls'
import type { HuggingFaceModel } from '../../../src/estimator/hugging-face-model'
import { estimator, model, session, stamps } from './serving-examples'
import { thrownBy } from './thrown-by'

const deploy = { initialInstanceCount: 1, instanceType: 'ml.m5.xlarge' }

function callsOf(over: { model?: Partial<HuggingFaceModel>; deploy?: DeployOptions } = {}) {
  return deployCalls({
    model: { ...model, ...over.model },
    deploy: { ...deploy, ...over.deploy },
    session,
    ...stamps,
  })
}

const named = (calls: { op: string; params: object }[], op: string) =>
  calls.find((call) => call.op === op)?.params

test('the same options give the same calls, so that a retried deployment makes nothing twice', () => {
  expect(callsOf()).toEqual(callsOf())
})

test('an endpoint of a named model has the name and a stamp', () => {
  const calls = callsOf({ model: { name: 'sentiment' } })
  expect(named(calls, 'CreateModel')).toMatchObject({ ModelName: 'sentiment' })
  expect(named(calls, 'CreateEndpoint')).toMatchObject({
    EndpointName: `sentiment-${stamps.stamp}`,
  })
})

test('a script is uploaded with the model before the model is made', () => {
  const calls = callsOf({ model: { entryPoint: 'serve/inference.py', name: 'sentiment' } })
  expect(calls.map(({ op }) => op)).toEqual([
    'PutObject',
    'CreateModel',
    'CreateEndpointConfig',
    'CreateEndpoint',
  ])
  expect(calls[0]?.params).toMatchObject({ Key: 'sentiment/model.tar.gz' })
  expect(named(calls, 'CreateModel')).toMatchObject({
    PrimaryContainer: {
      ModelDataUrl: `s3://${session.defaultBucket}/sentiment/model.tar.gz`,
      Environment: {
        SAGEMAKER_PROGRAM: 'inference.py',
        SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code',
      },
    },
  })
})

test('an endpoint of inference components is there before its model', () => {
  const calls = callsOf({
    model: { name: 'sentiment' },
    deploy: {
      endpointType: 'INFERENCE_COMPONENT_BASED',
      endpointName: 'shared',
      resources: { requests: { memory: 1024, num_cpus: 2, copies: 3 }, limits: { memory: 4096 } },
      managedInstanceScaling: { MaxInstanceCount: 4 },
      containerStartupHealthCheckTimeout: 60,
    },
  })
  expect(calls.map(({ op }) => op)).toEqual([
    'CreateEndpointConfig',
    'CreateEndpoint',
    'CreateModel',
    'CreateInferenceComponent',
  ])
  expect(named(calls, 'CreateEndpointConfig')).toMatchObject({
    ExecutionRoleArn: model.role,
    ProductionVariants: [
      { ManagedInstanceScaling: { Status: 'ENABLED', MinInstanceCount: 1, MaxInstanceCount: 4 } },
    ],
  })
  expect(named(calls, 'CreateInferenceComponent')).toEqual({
    InferenceComponentName: `sentiment-${stamps.unique}`,
    EndpointName: 'shared',
    VariantName: 'AllTraffic',
    Specification: {
      ModelName: 'sentiment',
      StartupParameters: { ContainerStartupHealthCheckTimeoutInSeconds: 60 },
      ComputeResourceRequirements: {
        MinMemoryRequiredInMb: 1024,
        MaxMemoryRequiredInMb: 4096,
        NumberOfCpuCoresRequired: 2,
      },
    },
    RuntimeConfig: { CopyCount: 3 },
  })
})

test.each([
  ['E_IMAGE_VERSIONS', { model: { pyVersion: undefined } }],
  ['E_IMAGE_VERSIONS', { model: { tensorflowVersion: '2.11' } }],
  ['E_NO_IMAGE', { model: { pyVersion: 'py39' } }],
  ['E_NO_IMAGE', { deploy: { acceleratorType: 'ml.eia2.medium' } }],
  ['E_NO_IMAGE', { deploy: { instanceType: 'ml.c7g.large' } }],
  ['E_NO_IMAGE', { deploy: { instanceType: 'm5.xlarge' } }],
  ['E_NO_IMAGE', { deploy: { instanceType: undefined } }],
  ['E_INSTANCES', { deploy: { initialInstanceCount: undefined } }],
  ['E_ROUTING', { deploy: { routingConfig: { RoutingStrategy: 'NEAREST' } } }],
  ['E_ROLE_NAME', { model: { role: 'sm' } }],
  ['E_INFERENCE_COMPONENT', { deploy: { endpointType: 'INFERENCE_COMPONENT_BASED' as const } }],
])('%s refuses %j', (code, over) => {
  expect(thrownBy(() => callsOf(over)).code).toBe(code)
})

test('training versions without an image that serves them are refused with the nearest that have one', () => {
  const refusal = thrownBy(() =>
    estimatorDeployCalls({
      estimator: {
        ...estimator,
        transformersVersion: '4.46',
        pytorchVersion: '2.3',
        pyVersion: 'py311',
      },
      jobName: 'reviews-1',
      deploy,
      session,
      ...stamps,
    }),
  )
  expect(refusal.code).toBe('E_NO_IMAGE')
  expect(refusal.hint).toContain('transformers 4.48.0 with pytorch 2.3.0')
})

test('the training script is not served, and the model of the job is', () => {
  const calls = estimatorDeployCalls({
    estimator: { ...estimator, outputPath: 's3://out/models' },
    jobName: 'reviews-1',
    deploy,
    session,
    ...stamps,
  })
  expect(named(calls, 'PutObject')).toBeUndefined()
  expect(named(calls, 'CreateModel')).toMatchObject({
    ModelName: `huggingface-pytorch-training-${stamps.stamp}`,
    PrimaryContainer: {
      ModelDataUrl: 's3://out/models/reviews-1/output/model.tar.gz',
      Environment: { SAGEMAKER_PROGRAM: '' },
    },
  })
})

test('a model that training left unpacked is served as a folder', () => {
  const calls = estimatorDeployCalls({
    estimator: { ...estimator, disableOutputCompression: true },
    jobName: 'reviews-1',
    deploy,
    session,
    ...stamps,
  })
  const S3Uri = `s3://${session.defaultBucket}/reviews-1/output/model/`
  expect(named(calls, 'CreateModel')).toMatchObject({
    PrimaryContainer: { ModelDataSource: { S3DataSource: { S3Uri, CompressionType: 'None' } } },
  })
})
