// Notebook 06: three epochs on IMDB. SageMaker reads the metrics from the log, by ten expressions
// of the notebook's own. In them a dot stands for any character, as written there.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'sagemaker-metrics',
  train: {
    entryPoint: 'train.py',
    sourceDir: '../01-getting-started-pytorch/scripts',
    instanceType: 'ml.p3.2xlarge',
    useSpotInstances: false,
    checkpointS3Uri: null,
    transformersVersion: '4.26',
    pytorchVersion: '1.13',
    pyVersion: 'py39',
    hyperparameters: {
      epochs: 3,
      train_batch_size: 32,
      checkpoints: '/opt/ml/checkpoints/',
      model_name: 'distilbert-base-uncased',
    },
    metricDefinitions: [
      { Name: 'loss', Regex: "'loss': ([0-9]+(.|e\\-)[0-9]+),?" },
      { Name: 'learning_rate', Regex: "'learning_rate': ([0-9]+(.|e\\-)[0-9]+),?" },
      { Name: 'eval_loss', Regex: "'eval_loss': ([0-9]+(.|e\\-)[0-9]+),?" },
      { Name: 'eval_accuracy', Regex: "'eval_accuracy': ([0-9]+(.|e\\-)[0-9]+),?" },
      { Name: 'eval_f1', Regex: "'eval_f1': ([0-9]+(.|e\\-)[0-9]+),?" },
      { Name: 'eval_precision', Regex: "'eval_precision': ([0-9]+(.|e\\-)[0-9]+),?" },
      { Name: 'eval_recall', Regex: "'eval_recall': ([0-9]+(.|e\\-)[0-9]+),?" },
      { Name: 'eval_runtime', Regex: "'eval_runtime': ([0-9]+(.|e\\-)[0-9]+),?" },
      {
        Name: 'eval_samples_per_second',
        Regex: "'eval_samples_per_second': ([0-9]+(.|e\\-)[0-9]+),?",
      },
      { Name: 'epoch', Regex: "'epoch': ([0-9]+(.|e\\-)[0-9]+),?" },
    ],
    inputs: {
      train: 's3://sagemaker-us-east-1-111122223333/samples/datasets/imdb/train',
      test: 's3://sagemaker-us-east-1-111122223333/samples/datasets/imdb/test',
    },
  },
})
