// Notebook 07: DistilBERT learns IMDB in TensorFlow, on 16 GPUs; data parallel by SageMaker.
// The notebook sets volume_size = 200 but does not pass it on: its volumes have 30 GiB, as here.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'data-parallel-tensorflow',
  train: {
    entryPoint: 'train.py',
    sourceDir: './scripts',
    instanceType: 'ml.p3dn.24xlarge',
    instanceCount: 2,
    useSpotInstances: false,
    checkpointS3Uri: null,
    transformersVersion: '4.6',
    tensorflowVersion: '2.4',
    pyVersion: 'py37',
    hyperparameters: { epochs: 1, train_batch_size: 16, model_name: 'distilbert-base-uncased' },
    distribution: { smdistributed: { dataparallel: { enabled: true } } },
    debuggerHookConfig: false,
    metricDefinitions: [],
  },
})
