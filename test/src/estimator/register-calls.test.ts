import {
  createdPackageArn,
  estimatorRegisterCalls,
  registerCalls,
} from '../../../src/estimator/register-calls'
import type { RegisterOptions } from '../../../src/estimator/register-options'
import { estimator, model, session, stamps } from './serving-examples'
import { thrownBy } from './thrown-by'

const instances = { inferenceInstances: ['ml.m5.xlarge'], transformInstances: ['ml.m5.xlarge'] }
const { stamp } = stamps
const callsOf = (register: RegisterOptions) =>
  registerCalls({ model, register: { ...instances, ...register }, session, stamp })

test('without a name the group is called like the image', () => {
  expect(callsOf({})[1]?.params).toEqual({ ModelPackageGroupName: 'huggingface-pytorch-inference' })
})

test('a group that is named by its ARN is neither searched nor created', () => {
  const group = 'arn:aws:sagemaker:us-east-1:111122223333:model-package-group/g'
  expect(callsOf({ modelPackageGroupName: group }).map(({ op }) => op)).toEqual([
    'CreateModelPackage',
  ])
})

test('a source that describes the inference stands in its place; another is added afterwards', () => {
  const described = callsOf({
    modelPackageGroupName: 'g',
    sourceUri: 'arn:aws:sagemaker:us-east-1:111122223333:model/m',
  })
  expect(described.at(-1)?.params).not.toHaveProperty('InferenceSpecification')
  const other = callsOf({ modelPackageGroupName: 'g', sourceUri: 's3://out/run' })
  expect(other.at(-2)?.params).not.toHaveProperty('SourceUri')
  expect(other.at(-1)).toEqual({
    service: 'sagemaker',
    op: 'UpdateModelPackage',
    params: { ModelPackageArn: createdPackageArn, SourceUri: 's3://out/run' },
  })
})

test('a model card of the user replaces the draft, and then no training job is searched', () => {
  const cards = (register: RegisterOptions) =>
    estimatorRegisterCalls({
      estimator,
      jobName: 'reviews-1',
      register: { ...instances, modelPackageGroupName: 'g', ...register },
      session,
      stamp,
    })
  expect(cards({}).filter(({ op }) => op === 'Search')).toHaveLength(2)
  const card = { ModelCardContent: '{"a":1}', ModelCardStatus: 'Approved' as const }
  const own = cards({ modelCard: card })
  expect(own.filter(({ op }) => op === 'Search')).toHaveLength(1)
  expect(own.at(-1)?.params).toMatchObject({ ModelCard: card })
})

test.each<[string, RegisterOptions]>([
  ['E_REGISTER', { modelPackageName: 'a', modelPackageGroupName: 'b' }],
  ['E_REGISTER', { modelPackageName: 'a', sourceUri: 's3://out/run' }],
  ['E_REGISTER', { modelPackageName: 'a', transformInstances: [] }],
  ['E_NO_IMAGE', { modelPackageGroupName: 'g', inferenceInstances: undefined }],
])('%s refuses %j', (code, register) => {
  expect(thrownBy(() => callsOf(register)).code).toBe(code)
})
