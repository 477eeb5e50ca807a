/** A model, an estimator and their surroundings, as the tests of serving use them. */

import type { HuggingFaceEstimator } from '../../../src/estimator/hugging-face-estimator'
import type { HuggingFaceModel } from '../../../src/estimator/hugging-face-model'

export const session = {
  region: 'us-east-1',
  account: '111122223333',
  defaultBucket: 'sagemaker-us-east-1-111122223333',
}

export const stamps = { stamp: '2026-01-02-03-04-05-678', unique: '1767323045-0a1b' }

export const model: HuggingFaceModel = {
  role: 'arn:aws:iam::111122223333:role/sm',
  modelData: 's3://models/reviews/model.tar.gz',
  transformersVersion: '4.37',
  pytorchVersion: '2.1',
  pyVersion: 'py310',
}

export const estimator: HuggingFaceEstimator = {
  entryPoint: 'train.py',
  sourceDir: './scripts',
  role: 'arn:aws:iam::111122223333:role/sm',
  instanceType: 'ml.p3.2xlarge',
  instanceCount: 1,
  transformersVersion: '4.26',
  pytorchVersion: '1.13',
  pyVersion: 'py39',
}
