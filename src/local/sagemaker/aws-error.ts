/** Errors as AWS answers them: a code that clients match on, a message, an HTTP status. */

export class AwsError extends Error {
  readonly code: string
  readonly status: number
  /** Its name in the query protocol, where that is another one. */
  readonly queryCode: string | undefined

  constructor(options: { code: string; message: string; status?: number; queryCode?: string }) {
    super(options.message)
    this.name = options.code
    this.code = options.code
    this.status = options.status ?? 400
    this.queryCode = options.queryCode
  }
}

/** SageMaker's answer to nearly everything it refuses: match on the code, never on the wording. */
export function validation(message: string): AwsError {
  return new AwsError({ code: 'ValidationException', message })
}

/**
 * An unknown training job is a ValidationException although the service model declares
 * ResourceNotFound (boto3 #2808, aws-sdk #165, aws-controllers-k8s #431).
 */
export function trainingJobNotFound(): AwsError {
  return validation('Requested resource not found.')
}

/** Airflow #19195 catches this code for an unknown processing job; the wording is ours from memory. */
export function processingJobNotFound(name: string): AwsError {
  return validation(`Could not find requested job with name: ${name}`)
}

/** Code and wording: amazon-sagemaker-examples #3108; the wording changed once (sagemaker-python-sdk #6256). */
export function trainingJobNameTaken(arn: string): AwsError {
  return new AwsError({
    code: 'ResourceInUse',
    message: `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
  })
}

/** CreateProcessingJob declares ResourceInUse (botocore model); the wording follows the training one. */
export function processingJobNameTaken(arn: string): AwsError {
  return new AwsError({
    code: 'ResourceInUse',
    message: `Job name must be unique within an AWS account and region, and a job with this name already exists (${arn})`,
  })
}

/** Code and wording: benchmark-ai #928, StopTrainingJob on a job that is not InProgress. */
export function jobNotStoppable(options: { kind: string; status: string }): AwsError {
  return validation(
    `The request was rejected because the ${options.kind} job is in status ${options.status}.`,
  )
}

/** Airflow's ensure_model_package_group_exists matches this beginning (airflow #28024). */
export function groupExists(arn: string): AwsError {
  return validation(`Model Package Group already exists: ${arn}`)
}

/** The model declares no error for DescribeModelPackageGroup and DescribeModelPackage: ValidationException. */
export function modelPackageThingNotFound(options: { what: string; arn: string }): AwsError {
  return validation(`${options.what} ${options.arn} does not exist.`)
}

/** ListTags and AddTags on what does not exist: ValidationException (amazon-sagemaker-feedback #108). */
export function tagTargetNotFound(arn: string): AwsError {
  return validation(`The resource ${arn} does not exist.`)
}

/** The "ListTrainingJobs at 2 requests a second" of deepracer-on-aws #87. */
export function throttled(): AwsError {
  return new AwsError({ code: 'ThrottlingException', message: 'Rate exceeded' })
}

/** STS API reference, common errors: temporary credentials whose time is over. */
export function expiredToken(): AwsError {
  return new AwsError({
    code: 'ExpiredTokenException',
    message: 'The security token included in the request is expired',
  })
}

/** CloudWatch Logs API reference: GetLogEvents, DescribeLogStreams. */
export function logsNotFound(what: 'group' | 'stream'): AwsError {
  return new AwsError({
    code: 'ResourceNotFoundException',
    message: `The specified log ${what} does not exist.`,
  })
}

/** CloudWatch Logs has InvalidParameterException where SageMaker has ValidationException (botocore model). */
export function invalidParameter(message: string): AwsError {
  return new AwsError({ code: 'InvalidParameterException', message })
}

/** What we lack is refused by its name, so that nobody debugs a silently ignored request. */
export function notImplemented(what: string): AwsError {
  return new AwsError({
    code: 'UnknownOperationException',
    message: `sagemaker-local does not implement ${what}`,
  })
}

/** Any service, when it fails itself: retryable for every AWS client. */
export function internalFailure(message: string): AwsError {
  return new AwsError({ code: 'InternalFailure', message, status: 500 })
}

/** The errors that CloudWatch declares for its metrics (botocore model, cloudwatch). */
export function metricsFault(
  code: 'InvalidParameterValue' | 'InvalidParameterCombination' | 'MissingParameter',
  message: string,
): AwsError {
  const shape = code === 'MissingParameter' ? 'MissingRequiredParameter' : code
  return new AwsError({ code: `${shape}Exception`, queryCode: code, message })
}

/** DescribeHyperParameterTuningJob and its siblings declare it (botocore model); the wording is ours. */
export function tuningJobNotFound(name: string): AwsError {
  return new AwsError({
    code: 'ResourceNotFound',
    message: `Amazon SageMaker can't find a tuning job with the name ${name}.`,
  })
}

/** CreateHyperParameterTuningJob declares ResourceInUse (botocore model); the wording follows the training one. */
export function tuningJobNameTaken(arn: string): AwsError {
  return new AwsError({
    code: 'ResourceInUse',
    message: `Hyper parameter tuning job names must be unique within an AWS account and region, and one with this name already exists (${arn})`,
  })
}

/** SageMaker's wording; the Python SDK matches "Cannot create already existing model". */
export function alreadyExisting(what: string, arn: string): AwsError {
  return validation(`Cannot create already existing ${what} "${arn}".`)
}

/** SageMaker's wording for models, endpoint configurations and endpoints. */
export function servedThingNotFound(what: string, arn: string): AwsError {
  return validation(`Could not find ${what} "${arn}".`)
}

/** SageMaker's wording for an endpoint that is not InService. */
export function endpointInProgress(verb: 'update' | 'delete', arn: string): AwsError {
  return validation(`Cannot ${verb} in-progress endpoint "${arn}".`)
}

/** CreateTransformJob declares ResourceInUse (botocore model); the wording follows the training one. */
export function transformJobNameTaken(arn: string): AwsError {
  return new AwsError({
    code: 'ResourceInUse',
    message: `Transform job names must be unique within an AWS account and region, and a transform job with this name already exists (${arn})`,
  })
}
