import { isIP } from 'node:net'

import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { S3Client } from '@aws-sdk/client-s3'
import { SageMakerClient } from '@aws-sdk/client-sagemaker'
import { STSClient } from '@aws-sdk/client-sts'

export interface AwsClients {
  s3: S3Client
  sagemaker: SageMakerClient
  logs: CloudWatchLogsClient
  sts: STSClient
}

/** Milliseconds. The SDK's own default is to wait for ever, so a lost reply would hold an activity for hours. */
const timeouts = {
  connectionTimeout: 5_000,
  requestTimeout: 30_000,
  throwOnRequestTimeout: true,
  socketTimeout: 30_000,
}

/**
 * The AWS clients of a process, made from the SDK's own environment (profile, region, endpoints).
 *
 * @example
 * const { s3, sagemaker } = createAwsClients({ env: process.env })
 */
export function createAwsClients({ env }: { env: NodeJS.ProcessEnv }): AwsClients {
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION']
  const common = { ...(region ? { region } : {}), requestHandler: timeouts, maxAttempts: 3 }
  return {
    s3: new S3Client({ ...common, forcePathStyle: needsPathStyle(env) }),
    sagemaker: new SageMakerClient({ ...common, retryMode: 'adaptive' }),
    logs: new CloudWatchLogsClient(common),
    sts: new STSClient(common),
  }
}

/** A bucket cannot be a host name in front of an IP address. */
function needsPathStyle(env: NodeJS.ProcessEnv): boolean {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']
  if (endpoint === undefined || !URL.canParse(endpoint)) return false
  const host = new URL(endpoint).hostname.replace(/^\[|\]$/g, '')
  return isIP(host) !== 0 || host === 'localhost'
}
