// The post, "Spot instances": the same training on spot capacity, with checkpoints in S3.
// In the post a comma is missing after checkpoint_s3_uri; on-demand as a way out is Holdfast's.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'post-spot',
  train: {
    entryPoint: 'train.py',
    sourceDir: '../notebooks/01-getting-started-pytorch/scripts',
    instanceType: 'ml.p3.2xlarge',
    useSpotInstances: true,
    maxRun: '1000s',
    maxWait: '3600s',
    checkpointS3Uri: 's3://sagemaker-us-east-1-111122223333/checkpoints',
    transformersVersion: '4.4',
    pytorchVersion: '1.6',
    pyVersion: 'py36',
    hyperparameters: {
      epochs: 1,
      train_batch_size: 32,
      model_name: 'distilbert-base-uncased',
      output_dir: '/opt/ml/checkpoints',
    },
    metricDefinitions: [],
    inputs: {
      train: 's3://sagemaker-us-east-1-111122223333/datasets/imdb/train',
      test: 's3://sagemaker-us-east-1-111122223333/datasets/imdb/test',
    },
  },
})
