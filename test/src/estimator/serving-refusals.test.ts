import type { DeployOptions } from '../../../src/estimator/endpoint-options'
import type { HuggingFaceModel } from '../../../src/estimator/hugging-face-model'
import { servingFaults } from '../../../src/estimator/serving-refusals'
import { model } from './serving-examples'

test.each<[string, Partial<HuggingFaceModel>, DeployOptions]>([
  ['E_MODEL_SCRIPT', { modelData: undefined, entryPoint: 'inference.py' }, {}],
  ['E_LIMIT', { name: 'my_model' }, {}],
  ['E_LIMIT', {}, { endpointName: 'a'.repeat(64) }],
  ['E_LIMIT', {}, { serverlessInferenceConfig: { memorySizeInMb: 3000 } }],
  ['E_LIMIT', {}, { serverlessInferenceConfig: { memorySizeInMb: 7168 } }],
])('%s is found in %j %j', (code, over, deploy) => {
  const faults = servingFaults({ model: { ...model, ...over }, deploy })
  expect(faults.map((fault) => fault.code)).toEqual([code])
})

test('a model with its script, and a serverless endpoint of the default size, have no fault', () => {
  const served = { ...model, entryPoint: 'inference.py' }
  const deploy = { endpointName: 'prod', serverlessInferenceConfig: {} }
  expect(servingFaults({ model: served, deploy })).toEqual([])
})
