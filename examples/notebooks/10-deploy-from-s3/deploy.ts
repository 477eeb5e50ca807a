// Notebook 10: an endpoint on one CPU instance, for a model archive in S3.
// What the model is for, the container reads from the config.json in the archive.
import { defineDeploy } from 'holdfast'

export default defineDeploy({
  model: {
    modelData: 's3://hf-sagemaker-inference/model.tar.gz',
    transformersVersion: '4.26',
    pytorchVersion: '1.13',
    pyVersion: 'py39',
  },
  deploy: { initialInstanceCount: 1, instanceType: 'ml.m5.xlarge' },
})
