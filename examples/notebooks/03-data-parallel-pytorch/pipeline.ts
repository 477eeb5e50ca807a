// Notebook 03: BERT learns SQuAD on 16 GPUs with SageMaker's data parallel library. The script is
// an example of the transformers repository, at the tag of the image's version.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'data-parallel-pytorch',
  train: {
    entryPoint: 'run_qa.py',
    sourceDir: './examples/pytorch/question-answering',
    gitConfig: { repo: 'https://github.com/huggingface/transformers.git', branch: 'v4.26.0' },
    instanceType: 'ml.p3.16xlarge',
    instanceCount: 2,
    volumeSize: 200,
    useSpotInstances: false,
    checkpointS3Uri: null,
    transformersVersion: '4.26.0',
    pytorchVersion: '1.13.1',
    pyVersion: 'py39',
    hyperparameters: {
      model_name_or_path: 'bert-large-uncased-whole-word-masking',
      dataset_name: 'squad',
      do_train: true,
      do_eval: true,
      fp16: true,
      per_device_train_batch_size: 4,
      per_device_eval_batch_size: 4,
      num_train_epochs: 2,
      max_seq_length: 384,
      max_steps: 100,
      pad_to_max_length: true,
      doc_stride: 128,
      output_dir: '/opt/ml/model',
    },
    distribution: { smdistributed: { dataparallel: { enabled: true } } },
    metricDefinitions: [
      { Name: 'train_runtime', Regex: 'train_runtime.*=\\D*(.*?)$' },
      { Name: 'train_samples_per_second', Regex: 'train_samples_per_second.*=\\D*(.*?)$' },
      { Name: 'epoch', Regex: 'epoch.*=\\D*(.*?)$' },
      { Name: 'f1', Regex: 'f1.*=\\D*(.*?)$' },
      { Name: 'exact_match', Regex: 'exact_match.*=\\D*(.*?)$' },
    ],
  },
})
