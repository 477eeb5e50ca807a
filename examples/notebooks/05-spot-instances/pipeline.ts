// Notebook 05: DistilBERT learns six emotions on spot capacity; an interrupted job goes on from its
// checkpoints in S3. Where spot has no capacity at all, Holdfast then trains on demand.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'emotion-checkpointing',
  train: {
    entryPoint: 'train.py',
    sourceDir: '../01-getting-started-pytorch/scripts',
    instanceType: 'ml.p3.2xlarge',
    useSpotInstances: true,
    maxRun: '4000s',
    maxWait: '7200s',
    checkpointS3Uri: 's3://sagemaker-us-east-1-111122223333/emotion-checkpointing/checkpoints',
    transformersVersion: '4.26.0',
    pytorchVersion: '1.13.1',
    pyVersion: 'py39',
    hyperparameters: {
      epochs: 1,
      train_batch_size: 32,
      eval_batch_size: 64,
      learning_rate: 3e-5,
      model_id: 'distilbert-base-uncased',
      fp16: true,
      output_dir: '/opt/ml/checkpoints',
    },
    metricDefinitions: [],
    inputs: {
      train: 's3://sagemaker-us-east-1-111122223333/samples/datasets/emotion/train',
      test: 's3://sagemaker-us-east-1-111122223333/samples/datasets/emotion/test',
    },
  },
})
