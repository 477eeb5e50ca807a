/**
 * One row for each argument of the SDK's HuggingFace estimator and of its `fit`: what is written in
 * pipeline.yaml, and where in the request it is found. Read by the test and by the table in docs/.
 */

export interface OfferedRow {
  argument: string
  /** Below `train:`; the key of the table is its first one. */
  yaml: string
  /** Keys of the plain pipeline that do not go with it. */
  without?: string[]
  /** Of which call; without: CreateTrainingJob. `pipeline`: it has no field, and is read here. */
  of?: 'pipeline'
  path: string
  value: unknown
  note?: string
}

export interface RefusedRow {
  argument: string
  /** Why there is no key, and what there is instead. */
  reason: string
  /** What is written for it, to be refused; absent where it is no key of `train`. */
  yaml: string
}

const versions = ['transformersVersion', 'pytorchVersion', 'pyVersion']
const image = '111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1'

export const rows: (OfferedRow | RefusedRow)[] = [
  {
    argument: 'entry_point',
    yaml: 'entryPoint: train.py',
    path: 'HyperParameters.sagemaker_program',
    value: '"train.py"',
  },
  {
    argument: 'source_dir',
    yaml: 'sourceDir: s3://code/sourcedir.tar.gz',
    path: 'HyperParameters.sagemaker_submit_directory',
    value: '"s3://code/sourcedir.tar.gz"',
    note: 'A local folder is packed and uploaded below the run.',
  },
  {
    argument: 'dependencies',
    yaml: 'dependencies: [./training]',
    of: 'pipeline',
    path: 'train.dependencies.length',
    value: 1,
    note: 'Members of the code archive.',
  },
  {
    argument: 'git_config',
    yaml: 'gitConfig: { repo: https://github.com/huggingface/transformers.git, branch: v4.56.0 }',
    of: 'pipeline',
    path: 'train.gitConfig.branch',
    value: 'v4.56.0',
    note: 'Cloned by the worker; then a source_dir.',
  },
  {
    argument: 'hyperparameters',
    yaml: 'hyperparameters: { epochs: 1, learning_rate: 5.0e-5, name: "a" }',
    path: 'HyperParameters.learning_rate',
    value: '5e-05',
    note: "Python's JSON.",
  },
  {
    argument: 'transformers_version',
    yaml: 'transformersVersion: "4.56"',
    path: 'AlgorithmSpecification.TrainingImage',
    value: /transformers4\.56-/,
  },
  {
    argument: 'pytorch_version',
    yaml: 'pytorchVersion: "2.8"',
    path: 'AlgorithmSpecification.TrainingImage',
    value: /huggingface-pytorch-training:2\.8-/,
  },
  {
    argument: 'tensorflow_version',
    yaml: 'tensorflowVersion: "2.6"\ntransformersVersion: "4.17"\npyVersion: py38',
    without: ['pytorchVersion'],
    path: 'AlgorithmSpecification.TrainingImage',
    value: /huggingface-tensorflow-training:2\.6-transformers4\.17-/,
  },
  {
    argument: 'py_version',
    yaml: 'pyVersion: py312',
    path: 'AlgorithmSpecification.TrainingImage',
    value: /-py312-/,
  },
  {
    argument: 'image_uri',
    yaml: `imageUri: ${image}`,
    without: versions,
    path: 'AlgorithmSpecification.TrainingImage',
    value: image,
  },
  {
    argument: 'distribution',
    yaml: `distribution: { smdistributed: { modelparallel: { enabled: true, parameters: { microbatches: 4 } } }, mpi: { enabled: true, processes_per_host: 8 } }\nimageUri: ${image}\ninstanceType: ml.p3.16xlarge`,
    without: versions,
    path: 'HyperParameters.mp_parameters',
    value: '{"microbatches": 4}',
    note: 'Every strategy: see config.md.',
  },
  {
    argument: 'compiler_config',
    yaml: 'compilerConfig: { enabled: true }\ntransformersVersion: "4.21.1"\npytorchVersion: "1.11.0"\npyVersion: py38\ninstanceType: ml.p3.2xlarge',
    path: 'HyperParameters.sagemaker_training_compiler_enabled',
    value: 'true',
  },
  {
    argument: 'container_log_level',
    yaml: 'containerLogLevel: 10',
    path: 'HyperParameters.sagemaker_container_log_level',
    value: '10',
  },
  {
    argument: 'code_location',
    yaml: 'codeLocation: s3://bucket/code',
    reason: 'A run keeps its code below its own prefix, by its content: say `storage`.',
  },
  {
    argument: 'enable_network_isolation',
    yaml: 'enableNetworkIsolation: true',
    path: 'EnableNetworkIsolation',
    value: true,
    note: 'The code then travels as the channel `code`.',
  },
  {
    argument: 'checkpoint_s3_uri',
    yaml: 'checkpointS3Uri: s3://checkpoints/mine',
    path: 'CheckpointConfig.S3Uri',
    value: /^s3:\/\/checkpoints\/mine\//,
    note: 'A run adds its own folder; without it, below the run.',
  },
  {
    argument: 'checkpoint_local_path',
    yaml: 'checkpointLocalPath: /opt/ml/state',
    path: 'CheckpointConfig.LocalPath',
    value: '/opt/ml/state',
  },
  {
    argument: 'enable_sagemaker_metrics',
    yaml: 'enableSagemakerMetrics: false',
    path: 'AlgorithmSpecification.EnableSageMakerMetricsTimeSeries',
    value: false,
  },
  {
    argument: 'role',
    yaml: 'role: sagemaker',
    path: 'RoleArn',
    value: 'arn:aws:iam::111122223333:role/sagemaker',
    note: "Default: the worker's SAGEMAKER_ROLE_ARN.",
  },
  {
    argument: 'instance_count',
    yaml: 'instanceCount: 2',
    path: 'ResourceConfig.InstanceCount',
    value: 2,
  },
  {
    argument: 'instance_type',
    yaml: 'instanceType: ml.p3.2xlarge',
    path: 'ResourceConfig.InstanceType',
    value: 'ml.p3.2xlarge',
    note: '`placements` names several to try in order.',
  },
  {
    argument: 'instance_groups',
    yaml: `instanceGroups: [{ instanceGroupName: gpu, instanceType: ml.p3.2xlarge, instanceCount: 1 }]\nimageUri: ${image}`,
    without: [...versions, 'instanceType'],
    path: 'ResourceConfig.InstanceGroups.0.InstanceGroupName',
    value: 'gpu',
  },
  {
    argument: 'instance_placement_config',
    yaml: 'instancePlacementConfig: { EnableMultipleJobs: true }',
    path: 'ResourceConfig.InstancePlacementConfig.EnableMultipleJobs',
    value: true,
  },
  {
    argument: 'keep_alive_period_in_seconds',
    yaml: 'keepAlivePeriodInSeconds: 600\nuseSpotInstances: false',
    path: 'ResourceConfig.KeepAlivePeriodInSeconds',
    value: 600,
  },
  {
    argument: 'volume_size',
    yaml: 'volumeSize: 100',
    path: 'ResourceConfig.VolumeSizeInGB',
    value: 100,
  },
  {
    argument: 'volume_kms_key',
    yaml: 'volumeKmsKey: alias/volume',
    path: 'ResourceConfig.VolumeKmsKeyId',
    value: 'alias/volume',
  },
  {
    argument: 'training_plan',
    yaml: 'trainingPlan: arn:aws:sagemaker:us-east-1:111122223333:training-plan/mine',
    path: 'ResourceConfig.TrainingPlanArn',
    value: 'arn:aws:sagemaker:us-east-1:111122223333:training-plan/mine',
  },
  {
    argument: 'max_run',
    yaml: 'maxRun: 2h',
    path: 'StoppingCondition.MaxRuntimeInSeconds',
    value: 7200,
    note: 'A duration with units.',
  },
  {
    argument: 'max_wait',
    yaml: 'maxRun: 2h\nmaxWait: 3h',
    path: 'StoppingCondition.MaxWaitTimeInSeconds',
    value: 10_800,
    note: 'Default: twice maxRun; with spot only.',
  },
  {
    argument: 'use_spot_instances',
    yaml: 'useSpotInstances: true',
    path: 'EnableManagedSpotTraining',
    value: true,
    note: 'Default: true, then on demand.',
  },
  {
    argument: 'max_retry_attempts',
    yaml: 'maxRetryAttempts: 3',
    path: 'RetryStrategy.MaximumRetryAttempts',
    value: 3,
  },
  {
    argument: 'input_mode',
    yaml: 'inputMode: FastFile',
    path: 'AlgorithmSpecification.TrainingInputMode',
    value: 'FastFile',
  },
  {
    argument: 'output_path',
    yaml: 'outputPath: s3://bucket/out',
    reason: 'A run keeps its output below its own prefix, with its manifest: say `storage`.',
  },
  {
    argument: 'output_kms_key',
    yaml: 'outputKmsKey: alias/output',
    path: 'OutputDataConfig.KmsKeyId',
    value: 'alias/output',
  },
  {
    argument: 'disable_output_compression',
    yaml: 'disableOutputCompression: true',
    path: 'OutputDataConfig.CompressionType',
    value: 'NONE',
    note: 'Not with a dataset.',
  },
  {
    argument: 'base_job_name',
    yaml: 'baseJobName: mine',
    reason: "Job names start with the pipeline's `name`.",
  },
  {
    argument: 'sagemaker_session',
    yaml: 'sagemakerSession: mine',
    reason: "Region and credentials are the worker's; the bucket is `storage.bucket`.",
  },
  {
    argument: 'tags',
    yaml: 'tags: [{ Key: team, Value: nlp }]',
    path: 'Tags.0',
    value: { Key: 'team', Value: 'nlp' },
    note: 'A mapping too.',
  },
  {
    argument: 'subnets',
    yaml: 'subnets: [subnet-1]\nsecurityGroupIds: [sg-1]',
    path: 'VpcConfig.Subnets',
    value: ['subnet-1'],
  },
  {
    argument: 'security_group_ids',
    yaml: 'securityGroupIds: [sg-1]\nsubnets: [subnet-1]',
    path: 'VpcConfig.SecurityGroupIds',
    value: ['sg-1'],
  },
  {
    argument: 'model_uri',
    yaml: 'modelUri: s3://models/mine',
    path: 'InputDataConfig.0.ContentType',
    value: 'application/x-sagemaker-model',
  },
  {
    argument: 'model_channel_name',
    yaml: 'modelChannelName: start\nmodelUri: s3://models/mine',
    path: 'InputDataConfig.0.ChannelName',
    value: 'start',
  },
  {
    argument: 'metric_definitions',
    yaml: 'metricDefinitions: [{ Name: loss, Regex: "loss=([0-9.]+)" }]',
    path: 'AlgorithmSpecification.MetricDefinitions.0.Name',
    value: 'loss',
    note: "Default: those of Hugging Face's Trainer.",
  },
  {
    argument: 'encrypt_inter_container_traffic',
    yaml: 'encryptInterContainerTraffic: true',
    path: 'EnableInterContainerTrafficEncryption',
    value: true,
  },
  {
    argument: 'rules',
    yaml: 'rules: [{ name: overfit }]',
    path: 'DebugRuleConfigurations.0.RuleParameters.rule_to_invoke',
    value: 'Overfit',
  },
  {
    argument: 'debugger_hook_config',
    yaml: 'debuggerHookConfig: { s3OutputPath: s3://tensors/mine }',
    path: 'DebugHookConfig.S3OutputPath',
    value: 's3://tensors/mine',
    note: '`false` turns it off.',
  },
  {
    argument: 'tensorboard_output_config',
    yaml: 'tensorboardOutputConfig: { s3OutputPath: s3://boards/mine }',
    path: 'TensorBoardOutputConfig.S3OutputPath',
    value: 's3://boards/mine',
  },
  {
    argument: 'profiler_config',
    yaml: 'profilerConfig: { systemMonitorIntervalMillis: 500 }',
    path: 'ProfilerConfig.ProfilingIntervalInMilliseconds',
    value: 500,
  },
  {
    argument: 'disable_profiler',
    yaml: 'disableProfiler: true',
    path: 'ProfilerConfig.DisableProfiler',
    value: true,
  },
  {
    argument: 'environment',
    yaml: 'environment: { NCCL_DEBUG: INFO }',
    path: 'Environment.NCCL_DEBUG',
    value: 'INFO',
  },
  {
    argument: 'training_repository_access_mode',
    yaml: 'trainingRepositoryAccessMode: Vpc',
    path: 'AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAccessMode',
    value: 'Vpc',
  },
  {
    argument: 'training_repository_credentials_provider_arn',
    yaml: 'trainingRepositoryCredentialsProviderArn: arn:aws:lambda:us-east-1:111122223333:function:keys\ntrainingRepositoryAccessMode: Vpc',
    path: 'AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAuthConfig.TrainingRepositoryCredentialsProviderArn',
    value: 'arn:aws:lambda:us-east-1:111122223333:function:keys',
  },
  {
    argument: 'enable_infra_check',
    yaml: 'enableInfraCheck: true',
    path: 'InfraCheckConfig.EnableInfraCheck',
    value: true,
  },
  {
    argument: 'container_entry_point',
    yaml: 'containerEntryPoint: [/bin/bash, -c]',
    path: 'AlgorithmSpecification.ContainerEntrypoint',
    value: ['/bin/bash', '-c'],
  },
  {
    argument: 'container_arguments',
    yaml: 'containerArguments: [--verbose]',
    path: 'AlgorithmSpecification.ContainerArguments',
    value: ['--verbose'],
  },
  {
    argument: 'enable_remote_debug',
    yaml: 'enableRemoteDebug: true',
    path: 'RemoteDebugConfig.EnableRemoteDebug',
    value: true,
  },
  {
    argument: 'enable_session_tag_chaining',
    yaml: 'enableSessionTagChaining: true',
    path: 'SessionChainingConfig.EnableSessionTagChaining',
    value: true,
  },
  {
    argument: 'inputs',
    yaml: 'inputs: { train: { s3Data: s3://data/train, inputMode: FastFile } }',
    path: 'InputDataConfig.0.InputMode',
    value: 'FastFile',
    note: 'An s3:// prefix, a TrainingInput or a FileSystemInput each; a single prefix is `training`.',
  },
  {
    argument: 'experiment_config',
    yaml: 'experimentConfig: { ExperimentName: reviews }',
    path: 'ExperimentConfig.ExperimentName',
    value: 'reviews',
  },
  {
    argument: 'wait',
    yaml: 'wait: false',
    reason: '`holdfast run` waits; with `--detach` it does not.',
  },
  { argument: 'logs', yaml: 'logs: All', reason: '`holdfast logs` shows them.' },
  {
    argument: 'job_name',
    yaml: 'jobName: mine',
    reason: 'A run names its jobs itself, so that a retried create makes no second job.',
  },
]
