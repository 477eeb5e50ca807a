// Notebook 08: BART learns to summarise the dialogues of SAMSum on 16 GPUs, with a script of the
// transformers repository. With T5 only model_name_or_path changes (and source_prefix is added).
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'summarization-bart-t5',
  train: {
    entryPoint: 'run_summarization.py',
    sourceDir: './examples/pytorch/summarization',
    gitConfig: { repo: 'https://github.com/huggingface/transformers.git', branch: 'v4.26.0' },
    instanceType: 'ml.p3dn.24xlarge',
    instanceCount: 2,
    useSpotInstances: false,
    checkpointS3Uri: null,
    transformersVersion: '4.26.0',
    pytorchVersion: '1.13.1',
    pyVersion: 'py39',
    hyperparameters: {
      per_device_train_batch_size: 4,
      per_device_eval_batch_size: 4,
      model_name_or_path: 'facebook/bart-large-cnn',
      dataset_name: 'samsum',
      do_train: true,
      do_eval: true,
      do_predict: true,
      predict_with_generate: true,
      output_dir: '/opt/ml/model',
      num_train_epochs: 3,
      learning_rate: 5e-5,
      seed: 7,
      fp16: true,
    },
    distribution: { smdistributed: { dataparallel: { enabled: true } } },
    metricDefinitions: [],
  },
})
