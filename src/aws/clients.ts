import { isIP } from 'node:net'

import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { S3Client } from '@aws-sdk/client-s3'
import { SageMakerClient } from '@aws-sdk/client-sagemaker'
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime'
import { STSClient } from '@aws-sdk/client-sts'

import { ownRegion } from './own-region'

export interface AwsClients {
  s3: S3Client
  sagemaker: SageMakerClient
  /** For lists: one try each, so that a throttled list slows down nothing else. */
  listing: SageMakerClient
  /** Asks endpoints; one try each, so that what is slow shows as slow. */
  runtime: SageMakerRuntimeClient
  logs: CloudWatchLogsClient
  cloudwatch: CloudWatchClient
  scaling: ApplicationAutoScalingClient
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
  const at = (service: string) => clientSettings({ env, service, timeout })
  return {
    s3: new S3Client({
      ...at('S3'),
      // `requestTimeout` counts the upload of the body too, which may take minutes: here only silence counts.
      requestHandler: { connectionTimeout, socketTimeout: timeout },
      forcePathStyle: needsPathStyle(env),
    }),
    sagemaker: new SageMakerClient({ ...at('SAGEMAKER'), retryMode: 'adaptive' }),
    listing: new SageMakerClient({ ...at('SAGEMAKER'), maxAttempts: 1 }),
    // The service itself waits 60 s for a model.
    runtime: new SageMakerRuntimeClient({
      ...clientSettings({ env, service: 'SAGEMAKER_RUNTIME', timeout: Math.max(timeout, 70_000) }),
      maxAttempts: 1,
    }),
    logs: new CloudWatchLogsClient(at('CLOUDWATCH_LOGS')),
    cloudwatch: new CloudWatchClient(at('CLOUDWATCH')),
    scaling: new ApplicationAutoScalingClient(at('APPLICATION_AUTO_SCALING')),
    sts: new STSClient(at('STS')),
  }
}

/** Lets go of the connections of all clients. */
export function destroyClients(clients: AwsClients): void {
  const { s3, sagemaker, listing, runtime, logs, cloudwatch, scaling, sts } = clients
  for (const client of [s3, sagemaker, listing, runtime, logs, cloudwatch, scaling, sts])
    client.destroy()
}

/** What every client of ours is made with: region, credentials, endpoint, and an end to its patience. */
export function clientSettings(options: {
  env: NodeJS.ProcessEnv
  /** As in `AWS_ENDPOINT_URL_<service>`. */
  service: string
  /** Milliseconds that a service may stay silent. */
  timeout?: number
}) {
  const { env, service, timeout = patience } = options
  const region = ownRegion(env)
  const silence = { connectionTimeout, socketTimeout: timeout }
  return {
    ...(region ? { region } : {}),
    ...(env === process.env ? {} : { ...credentialsOf(env), ...endpointOf({ env, service }) }),
    requestHandler: { ...silence, requestTimeout: timeout, throwOnRequestTimeout: true },
    maxAttempts: 3,
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
