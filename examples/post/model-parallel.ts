// The post, "Distributed Training: Model Parallel": the same script, the model in four parts.
// The options of the library and of MPI are the post's, to the letter.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'post-model-parallel',
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
    distribution: {
      smdistributed: {
        modelparallel: {
          enabled: true,
          parameters: {
            microbatches: 4,
            placement_strategy: 'spread',
            pipeline: 'interleaved',
            optimize: 'speed',
            partitions: 4,
            ddp: true,
          },
        },
      },
      mpi: { enabled: true, processes_per_host: 8 },
    },
    metricDefinitions: [],
    inputs: {
      train: 's3://sagemaker-us-east-1-111122223333/datasets/imdb/train',
      test: 's3://sagemaker-us-east-1-111122223333/datasets/imdb/test',
    },
  },
})
