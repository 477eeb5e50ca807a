// Notebook 04: RoBERTa, in four parts by SageMaker's model parallel library, learns MNLI on 8 GPUs.
// The notebook writes metrics_definition=, which the SDK ignores: its job has no metrics, as here.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'model-parallel',
  train: {
    entryPoint: 'run_glue.py',
    sourceDir: './examples/pytorch/text-classification',
    gitConfig: { repo: 'https://github.com/huggingface/transformers.git', branch: 'v4.26.0' },
    instanceType: 'ml.p3.16xlarge',
    volumeSize: 200,
    useSpotInstances: false,
    checkpointS3Uri: null,
    transformersVersion: '4.26.0',
    pytorchVersion: '1.13.1',
    pyVersion: 'py39',
    hyperparameters: {
      model_name_or_path: 'roberta-large',
      task_name: 'mnli',
      per_device_train_batch_size: 16,
      per_device_eval_batch_size: 16,
      do_train: true,
      do_eval: true,
      do_predict: true,
      num_train_epochs: 2,
      output_dir: '/opt/ml/model',
      max_steps: 500,
    },
    distribution: {
      smdistributed: {
        modelparallel: {
          enabled: true,
          parameters: {
            microbatches: 4,
            placement_strategy: 'spread',
            pipeline: 'interleaved',
            optimize: 'speed',
            partitions: 4,
            ddp: true,
          },
        },
      },
      mpi: { enabled: true, processes_per_host: 8 },
    },
    debuggerHookConfig: false,
    metricDefinitions: [],
  },
})
