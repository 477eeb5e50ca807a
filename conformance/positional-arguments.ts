/** The order of arguments in the SDK's constructors (release 2.257.7), for `$args`. */

export const positionalArguments: Record<string, string[]> = Object.fromEntries(
  Object.entries({
    AthenaDatasetDefinition:
      'catalog database query_string output_s3_uri work_group kms_key_id output_format output_compression',
    AsyncInferenceConfig:
      'output_path max_concurrent_invocations_per_instance kms_key_id notification_config failure_path',
    BatchDataCaptureConfig: 'destination_s3_uri kms_key_id generate_inference_id',
    BuiltinProfilerRule: 'name',
    BuiltinRule: 'name',
    CategoricalParameter: 'values',
    ClarifyExplainerConfig: 'shap_config enable_explanations inference_config',
    ClarifyInferenceConfig:
      'feature_headers feature_types features_attribute probability_index probability_attribute label_index label_attribute label_headers max_payload_in_mb max_record_count content_template',
    ClarifyShapBaselineConfig: 'mime_type shap_baseline shap_baseline_uri',
    ClarifyShapConfig: 'shap_baseline_config number_of_samples seed use_logit text_config',
    ClarifyTextConfig: 'language granularity',
    CollectionConfig: 'name parameters',
    ContinuousParameter: 'min_value max_value scaling_type',
    CustomProfilerRule:
      'name image_uri instance_type volume_size_in_gb source rule_to_invoke container_local_output_path s3_output_path rule_parameters',
    CustomRule:
      'name image_uri instance_type volume_size_in_gb source rule_to_invoke container_local_output_path s3_output_path other_trials_s3_input_paths rule_parameters collections_to_save actions',
    DataCaptureConfig:
      'enable_capture sampling_percentage destination_s3_uri kms_key_id capture_options csv_content_types json_content_types',
    DataloaderProfilingConfig:
      'start_step num_steps start_unix_time duration profile_default_steps metrics_regex',
    DatasetDefinition:
      'data_distribution_type input_mode local_path redshift_dataset_definition athena_dataset_definition',
    DebuggerHookConfig:
      's3_output_path container_local_output_path hook_parameters collection_configs',
    DetailedProfilingConfig: 'start_step num_steps start_unix_time duration profile_default_steps',
    DriftCheckBaselines:
      'model_statistics model_constraints model_data_statistics model_data_constraints bias_config_file bias_pre_training_constraints bias_post_training_constraints explainability_constraints explainability_config_file',
    Email: 'email_address',
    ExplainerConfig: 'clarify_explainer_config',
    FeatureStoreOutput: 'feature_group_name',
    FileSource: 's3_uri content_digest content_type',
    FileSystemInput:
      'file_system_id file_system_type directory_path file_system_access_mode content_type',
    FrameworkProfile:
      'local_path file_max_size file_close_interval file_open_fail_threshold detailed_profiling_config dataloader_profiling_config python_profiling_config horovod_profiling_config smdataparallel_profiling_config start_step num_steps start_unix_time duration',
    HorovodProfilingConfig: 'start_step num_steps start_unix_time duration profile_default_steps',
    HyperbandStrategyConfig: 'max_resource min_resource',
    InstanceConfig: 'instance_count instance_type volume_size',
    InstanceGroup: 'instance_group_name instance_type instance_count',
    IntegerParameter: 'min_value max_value scaling_type',
    MetadataProperties: 'commit_id repository generated_by project_id',
    MetricsSource: 'content_type s3_uri content_digest',
    ModelCard: 'name status',
    ModelMetrics:
      'model_statistics model_constraints model_data_statistics model_data_constraints bias explainability bias_pre_training bias_post_training',
    NetworkConfig:
      'enable_network_isolation security_group_ids subnets encrypt_inter_container_traffic',
    ProcessingInput:
      'source destination input_name s3_data_type s3_input_mode s3_data_distribution_type s3_compression_type s3_input dataset_definition app_managed',
    ProcessingOutput:
      'source destination output_name s3_upload_mode app_managed feature_store_output',
    Profiler: 'cpu_profiling_duration file_rotation_interval',
    'ProfilerRule.custom':
      'name image_uri instance_type volume_size_in_gb source rule_to_invoke container_local_output_path s3_output_path rule_parameters',
    'ProfilerRule.sagemaker': 'base_config name container_local_output_path s3_output_path',
    ProfilerConfig:
      's3_output_path system_monitor_interval_millis framework_profile_params profile_params disable_profiler',
    PythonProfilingConfig:
      'start_step num_steps start_unix_time duration profile_default_steps python_profiler cprofile_timer',
    ResourceRequirements: 'requests limits',
    'Rule.custom':
      'name image_uri instance_type volume_size_in_gb source rule_to_invoke container_local_output_path s3_output_path other_trials_s3_input_paths rule_parameters collections_to_save actions',
    'Rule.sagemaker':
      'base_config name container_local_output_path s3_output_path other_trials_s3_input_paths rule_parameters collections_to_save actions',
    S3Input:
      's3_uri local_path s3_data_type s3_input_mode s3_data_distribution_type s3_compression_type',
    SMDataParallelProfilingConfig:
      'start_step num_steps start_unix_time duration profile_default_steps',
    SMS: 'phone_number',
    ServerlessInferenceConfig: 'memory_size_in_mb max_concurrency provisioned_concurrency',
    ShuffleConfig: 'seed',
    StopTraining: 'training_job_prefix',
    StrategyConfig: 'hyperband_strategy_config',
    TensorBoardOutputConfig: 's3_output_path container_local_output_path',
    TrainingCompilerConfig: 'enabled debug',
    TrainingInput:
      's3_data distribution compression content_type record_wrapping s3_data_type instance_groups input_mode attribute_names target_attribute_name shuffle_config hub_access_config model_access_config',
    TuningJobCompletionCriteriaConfig:
      'max_number_of_training_jobs_not_improving complete_on_convergence target_objective_metric_value',
    WarmStartConfig: 'warm_start_type parents',
  }).map(([name, order]) => [name, order.split(' ')]),
)
