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
const connectionTimeout = 5_000
const patience = 30_000

/**
 * The AWS clients of a process, made from the SDK's own environment (profile, region, endpoints).
 * The SDK itself reads `process.env` only, so what another `env` says is handed to it.
 *
 * @example
 * const { s3, sagemaker } = createAwsClients({ env: process.env })
 */
export function createAwsClients({
  env,
  timeout = patience,
}: {
  env: NodeJS.ProcessEnv
  /** Milliseconds that a service may stay silent. */
  timeout?: number
}): AwsClients {
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION']
  const silence = { connectionTimeout, socketTimeout: timeout }
  const common = {
    ...(region ? { region } : {}),
    ...(env === process.env ? {} : credentialsOf(env)),
    requestHandler: { ...silence, requestTimeout: timeout, throwOnRequestTimeout: true },
    maxAttempts: 3,
  }
  const at = (service: string) => (env === process.env ? {} : endpointOf({ env, service }))
  return {
    s3: new S3Client({
      ...common,
      ...at('S3'),
      // `requestTimeout` counts the upload of the body too, which may take minutes: here only silence counts.
      requestHandler: silence,
      forcePathStyle: needsPathStyle(env),
    }),
    sagemaker: new SageMakerClient({ ...common, ...at('SAGEMAKER'), retryMode: 'adaptive' }),
    logs: new CloudWatchLogsClient({ ...common, ...at('CLOUDWATCH_LOGS') }),
    sts: new STSClient({ ...common, ...at('STS') }),
  }
}

function credentialsOf(env: NodeJS.ProcessEnv) {
  const accessKeyId = env['AWS_ACCESS_KEY_ID']
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY']
  const sessionToken = env['AWS_SESSION_TOKEN']
  if (!accessKeyId || !secretAccessKey) return {}
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
  }
}

function endpointOf({ env, service }: { env: NodeJS.ProcessEnv; service: string }) {
  const endpoint = env[`AWS_ENDPOINT_URL_${service}`] ?? env['AWS_ENDPOINT_URL']
  return endpoint === undefined ? {} : { endpoint }
}

/** A bucket cannot be a host name in front of an IP address. */
function needsPathStyle(env: NodeJS.ProcessEnv): boolean {
  const endpoint = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']
  if (endpoint === undefined || !URL.canParse(endpoint)) return false
  const host = new URL(endpoint).hostname.replace(/^\[|\]$/g, '')
  return isIP(host) !== 0 || host === 'localhost'
}
