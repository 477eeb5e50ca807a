/** CloudWatch log groups of SageMaker's jobs (SageMaker developer guide, "Log groups and streams"). */
export const logGroups = {
  training: '/aws/sagemaker/TrainingJobs',
  processing: '/aws/sagemaker/ProcessingJobs',
  transform: '/aws/sagemaker/TransformJobs',
} as const
