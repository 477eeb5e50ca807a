/**
 * `holdfast/estimator`: the Python SDK's HuggingFace classes as requests. Each function says which
 * calls the SDK would make and makes none itself; the defaults are the SDK's, and a job's name is given.
 *
 * @example
 * import { createTrainingJobRequest, defaultBucketName } from 'holdfast/estimator'
 *
 * const site = { region: 'us-east-1', account: '111122223333' }
 * const request = createTrainingJobRequest({
 *   estimator: {
 *     entryPoint: 'train.py',
 *     sourceDir: 's3://code/sourcedir.tar.gz',
 *     role: 'arn:aws:iam::111122223333:role/sagemaker',
 *     transformersVersion: '4.6',
 *     pytorchVersion: '1.7',
 *     pyVersion: 'py36',
 *     instanceType: 'ml.p3.2xlarge',
 *     instanceCount: 1,
 *   },
 *   jobName: 'reviews-1',
 *   inputs: { train: 's3://data/train' },
 *   codeUri: 's3://code/sourcedir.tar.gz',
 *   session: { ...site, defaultBucket: defaultBucketName(site) },
 * })
 */

export type { AwsCall } from './aws-call'
export type { EstimatorFault } from './estimator-fault'
export { float, type PythonJsonValue } from './python-json'
export { nameFromBase } from './names-from-base'

export type { FileSystemInput, TrainingInput, TrainingInputs } from './channels'
export {
  defaultBucketName,
  type EstimatorSession,
  type HuggingFaceEstimator,
  type InstanceGroup,
} from './hugging-face-estimator'
export { createTrainingJobRequest, type TrainingJobOptions } from './training-job-request'
export { trainingCalls } from './training-calls'
export { estimatorFaults } from './refusals'
export { defaultBucketCalls } from './default-bucket'

export type { HyperparameterTuner, MultiEstimatorTuner } from './hyperparameter-tuner'
export { tuningCalls } from './tuning-calls'

export type { HuggingFaceModel, ServingStamps } from './hugging-face-model'
export type { DeployCallsOptions, DeployOptions } from './endpoint-options'
export { deployCalls } from './deploy-calls'
export { estimatorDeployCalls, type EstimatorDeployOptions } from './estimator-deploy-calls'
export { servingFaults } from './serving-refusals'
export { repackModel, type RepackOptions } from './model-archive'
export type { Transform, Transformer } from './transform-options'
export { estimatorTransformCalls, transformCalls } from './transform-calls'
export type { RegisterOptions } from './register-options'
export { estimatorRegisterCalls, registerCalls } from './register-calls'

export type { HuggingFaceProcessor, ProcessingRun } from './processor'
export { processCalls, type ProcessCallsOptions } from './processing-job-calls'

export {
  inferenceImageFor,
  inferenceImageUri,
  trainingImageUri,
  type ImageQuery,
  type VersionPair,
} from './image-uri'
