// Notebook 02: the same task with TensorFlow and Keras. There is no channel: the script itself gets
// IMDB and DistilBERT from the Hub.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'getting-started-tensorflow',
  train: {
    entryPoint: 'train.py',
    sourceDir: './scripts',
    instanceType: 'ml.p3.2xlarge',
    useSpotInstances: false,
    checkpointS3Uri: null,
    transformersVersion: '4.12',
    tensorflowVersion: '2.5',
    pyVersion: 'py37',
    hyperparameters: {
      epochs: 1,
      train_batch_size: 16,
      eval_batch_size: 32,
      model_id: 'distilbert-base-uncased',
    },
    metricDefinitions: [],
  },
})
