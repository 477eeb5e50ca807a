/** The pipeline of the demo, resolved. */

import type { DatasetPipeline } from '../../../src/config/has-dataset'

export const pipeline: DatasetPipeline = {
  name: 'reviews',
  dataset: {
    path: '/data/reviews.csv',
    format: 'csv',
    encoding: 'utf-8',
    textColumn: 'text',
    labelColumn: 'label',
    onInvalid: 'refuse',
    split: { test: 0.1, seed: 7 },
  },
  model: { kind: 'directory', path: '/models/minilm' },
  preprocess: { task: 'text-classification', maxLength: 48, padding: 'none' },
  train: {
    entryPoint: 'train.py',
    sourceDir: '/training',
    dependencies: [],
    inputs: {},
    transformersVersion: '4.56',
    pytorchVersion: '2.8',
    pyVersion: 'py312',
    instanceCount: 1,
    volumeSize: 30,
    placements: [
      { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
      { instanceType: 'ml.g5.2xlarge', useSpotInstances: false },
    ],
    maxRun: 3600,
    maxWait: 7200,
    hyperparameters: { epochs: 1, train_batch_size: 32, learning_rate: 1e-4 },
    environment: {},
    metricDefinitions: [],
    estimator: {},
  },
  evaluate: { metric: 'eval_accuracy', atLeast: 0.75, instanceType: 'ml.g5.xlarge', maxRun: 3600 },
  publish: { model: 'reviews' },
  storage: { prefix: 'holdfast' },
  tags: {},
}
