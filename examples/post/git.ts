// The post, "Git Repositories": run_glue.py of the transformers repository. Hyperparameters other
// than output_dir are ours: the post shows none. To run it, take branch and folder of notebook 04.
import { definePipeline } from 'holdfast'

export default definePipeline({
  name: 'post-git',
  train: {
    entryPoint: 'run_glue.py',
    sourceDir: './examples/text-classification',
    gitConfig: { repo: 'https://github.com/huggingface/transformers.git', branch: 'master' },
    instanceType: 'ml.p3.2xlarge',
    useSpotInstances: false,
    checkpointS3Uri: null,
    transformersVersion: '4.4',
    pytorchVersion: '1.6',
    pyVersion: 'py36',
    hyperparameters: {
      model_name_or_path: 'distilbert-base-uncased',
      task_name: 'mnli',
      do_train: true,
      do_eval: true,
      output_dir: '/opt/ml/model',
    },
    metricDefinitions: [],
  },
})
