// The post, "SageMaker Metrics": the same training, three metrics read from the log.
// The expressions want lines such as "eval_loss = 0.3", which the script prints at its end.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'post-metrics',
  train: {
    entryPoint: 'train.py',
    sourceDir: '../notebooks/01-getting-started-pytorch/scripts',
    instanceType: 'ml.p3.2xlarge',
    useSpotInstances: false,
    checkpointS3Uri: null,
    transformersVersion: '4.4',
    pytorchVersion: '1.6',
    pyVersion: 'py36',
    hyperparameters: { epochs: 1, train_batch_size: 32, model_name: 'distilbert-base-uncased' },
    metricDefinitions: [
      { Name: 'train_runtime', Regex: 'train_runtime.*=\\D*(.*?)$' },
      { Name: 'eval_accuracy', Regex: 'eval_accuracy.*=\\D*(.*?)$' },
      { Name: 'eval_loss', Regex: 'eval_loss.*=\\D*(.*?)$' },
    ],
    inputs: {
      train: 's3://sagemaker-us-east-1-111122223333/datasets/imdb/train',
      test: 's3://sagemaker-us-east-1-111122223333/datasets/imdb/test',
    },
  },
})
