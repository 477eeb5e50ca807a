// Notebook 01: DistilBERT learns the sentiment of IMDB reviews on one GPU, from datasets that were
// tokenised and saved to S3 beforehand. examples/imdb is the same with the preparation in the run.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'getting-started-pytorch',
  train: {
    entryPoint: 'train.py',
    sourceDir: './scripts',
    instanceType: 'ml.p3.2xlarge',
    useSpotInstances: false,
    checkpointS3Uri: null,
    transformersVersion: '4.26',
    pytorchVersion: '1.13',
    pyVersion: 'py39',
    hyperparameters: { epochs: 1, train_batch_size: 32, model_name: 'distilbert-base-uncased' },
    metricDefinitions: [],
    inputs: {
      train: 's3://sagemaker-us-east-1-111122223333/samples/datasets/imdb/train',
      test: 's3://sagemaker-us-east-1-111122223333/samples/datasets/imdb/test',
    },
  },
})
