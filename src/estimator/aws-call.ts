/** One call of an AWS API, as data. */

export interface AwsCall {
  /** The service's name in the AWS SDKs: `s3`, `sagemaker`, `iam`, `sts`. */
  service: string
  /** `CreateTrainingJob`, `PutObject`, … */
  op: string
  params: object
}
