import { compilePattern } from '../../../../src/aws/service-model/pattern'
import { serviceModel } from '../../../../src/aws/service-model/service-model'
import { validateInput } from '../../../../src/local/sagemaker/validate'
import { operations } from '../../../../src/local/sagemaker/operations'

const services = ['sagemaker', 'logs', 'sts', 'cloudwatch', 'sqs'] as const

function refusal(
  operation: string,
  input: Record<string, unknown>,
  service: 'sagemaker' | 'logs' = 'sagemaker',
) {
  try {
    validateInput({ service, operation, input })
  } catch (error) {
    return { code: (error as Error).name, message: (error as Error).message }
  }
  return undefined
}

test('the service model and the operations served are the same list', () => {
  const modelled = services.flatMap((service) => Object.keys(serviceModel(service).operations))
  expect([...operations.keys()].sort()).toEqual(modelled.sort())
})

test('every pattern of the service model can be said in JavaScript', () => {
  const patterns = services.flatMap((service) =>
    Object.entries(serviceModel(service).shapes).flatMap(([name, shape]) =>
      shape.pattern === undefined ? [] : [{ name, pattern: shape.pattern }],
    ),
  )
  expect(patterns.length).toBeGreaterThan(50)
  expect(patterns.filter(({ pattern }) => compilePattern(pattern) === undefined)).toEqual([])
})

test('a pattern must match the whole text', () => {
  const name = compilePattern('[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}')
  expect(name?.test('reviews-a1')).toBe(true)
  expect(name?.test('reviews_a1')).toBe(false)
  expect(compilePattern('a|b')?.test('bc')).toBe(false)
  expect(compilePattern('[\\p{Alnum}\\-]+')?.test('pAlnum-9')).toBe(true)
  expect(compilePattern('[\\p{Alnum}\\-]+')?.test('{')).toBe(false)
})

test('a bad name is refused in the words of AWS', () => {
  expect(refusal('DescribeTrainingJob', { TrainingJobName: 'no_underscores' })).toEqual({
    code: 'ValidationException',
    message:
      "1 validation error detected: Value 'no_underscores' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
  })
})

test('all faults are named at once, with their paths', () => {
  const message = refusal('CreateTrainingJob', {
    TrainingJobName: 'x'.repeat(64),
    OutputDataConfig: {},
    ResourceConfig: { InstanceType: 'ml.abacus', InstanceCount: -1 },
    InputDataConfig: [{ ChannelName: 'train' }, { ChannelName: 'bad name', DataSource: {} }],
    HyperParameters: { ok: 'v', ['k'.repeat(300)]: 'v' },
  })?.message
  expect(message).toContain('validation errors detected')
  expect(message).toContain(
    "at 'trainingJobName' failed to satisfy constraint: Member must have length less than or equal to 63",
  )
  expect(message).toContain(
    "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
  )
  expect(message).toContain("Value null at 'outputDataConfig.s3OutputPath'")
  expect(message).toContain(
    "Value 'ml.abacus' at 'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum value set: [",
  )
  expect(message).toContain("Value '-1' at 'resourceConfig.instanceCount'")
  expect(message).toContain("Value 'bad name' at 'inputDataConfig.2.member.channelName'")
  expect(message).toContain(
    "at 'hyperParameters' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 256]",
  )
})

test('a value of the wrong JSON type is a SerializationException', () => {
  expect(refusal('DescribeTrainingJob', { TrainingJobName: 7 })?.code).toBe(
    'SerializationException',
  )
  expect(refusal('AddTags', { ResourceArn: 'x', Tags: {} })?.code).toBe('SerializationException')
  expect(refusal('ListTrainingJobs', { MaxResults: 1.5 })?.code).toBe('SerializationException')
})

test('CloudWatch Logs has its own code for a bad request', () => {
  expect(refusal('GetLogEvents', { logStreamName: 'a:b' }, 'logs')?.code).toBe(
    'InvalidParameterException',
  )
})
