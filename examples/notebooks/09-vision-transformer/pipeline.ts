// Notebook 09: a Vision Transformer learns CIFAR-10, from images saved to S3 as pixel values.
// use_auth_token stays empty: whoever may describe the job could read a token.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'vision-transformer',
  train: {
    entryPoint: 'train.py',
    sourceDir: './scripts',
    instanceType: 'ml.p3.2xlarge',
    useSpotInstances: false,
    checkpointS3Uri: null,
    transformersVersion: '4.26',
    pytorchVersion: '1.13',
    pyVersion: 'py39',
    hyperparameters: {
      num_train_epochs: 3,
      per_device_train_batch_size: 16,
      model_name: 'google/vit-base-patch16-224-in21k',
      use_auth_token: '',
    },
    metricDefinitions: [],
    inputs: {
      train: 's3://sagemaker-us-east-1-111122223333/samples/datasets/cifar10/train',
      test: 's3://sagemaker-us-east-1-111122223333/samples/datasets/cifar10/test',
    },
  },
})
