// Notebook 11: an endpoint on one CPU instance, for a model of the Hugging Face Hub.
// The container downloads it when it starts; nothing lies in S3.
import { defineDeploy } from 'holdfast'

export default defineDeploy({
  model: {
    env: {
      HF_MODEL_ID: 'distilbert-base-uncased-distilled-squad',
      HF_TASK: 'question-answering',
    },
    transformersVersion: '4.26',
    pytorchVersion: '1.13',
    pyVersion: 'py39',
  },
  deploy: { initialInstanceCount: 1, instanceType: 'ml.m5.xlarge' },
})
