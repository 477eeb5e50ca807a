// The post, "Create a HuggingFace Estimator and train our model": DistilBERT learns IMDB.
// Its script declares --train-batch-size and drops the train_batch_size it is sent; ours knows it.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'post-getting-started',
  train: {
    entryPoint: 'train.py',
    sourceDir: '../notebooks/01-getting-started-pytorch/scripts',
    instanceType: 'ml.p3.2xlarge',
    useSpotInstances: false,
    checkpointS3Uri: null,
    transformersVersion: '4.6',
    pytorchVersion: '1.7',
    pyVersion: 'py36',
    hyperparameters: { epochs: 1, train_batch_size: 32, model_name: 'distilbert-base-uncased' },
    metricDefinitions: [],
    inputs: {
      train: 's3://sagemaker-us-east-1-111122223333/datasets/imdb/train',
      test: 's3://sagemaker-us-east-1-111122223333/datasets/imdb/test',
    },
  },
})
