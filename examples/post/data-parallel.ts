// The post, "Distributed Training: Data-Parallel": the same script on 16 GPUs.
// In the post a comma is missing after hyperparameters; this is what it means.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'post-data-parallel',
  train: {
    entryPoint: 'train.py',
    sourceDir: '../notebooks/01-getting-started-pytorch/scripts',
    instanceType: 'ml.p3dn.24xlarge',
    instanceCount: 2,
    useSpotInstances: false,
    checkpointS3Uri: null,
    transformersVersion: '4.4.2',
    pytorchVersion: '1.6.0',
    pyVersion: 'py36',
    hyperparameters: { epochs: 1, train_batch_size: 32, model_name: 'distilbert-base-uncased' },
    distribution: { smdistributed: { dataparallel: { enabled: true } } },
    metricDefinitions: [],
    inputs: {
      train: 's3://sagemaker-us-east-1-111122223333/datasets/imdb/train',
      test: 's3://sagemaker-us-east-1-111122223333/datasets/imdb/test',
    },
  },
})
