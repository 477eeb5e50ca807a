/** The errors of SageMaker Runtime (botocore model, sagemaker-runtime). */

import { AwsError } from '../aws-error'
import type { Json } from '../json'
import type { LogPlace } from './serving-log'

/** An error with members of its own besides the message. */
export class RuntimeError extends AwsError {
  readonly members: Json

  constructor(options: { code: string; message: string; status: number; members?: Json }) {
    super(options)
    this.members = options.members ?? {}
  }
}

/** The runtime's name for what SageMaker's other operations call ValidationException. */
export function runtimeFault(message: string): RuntimeError {
  return new RuntimeError({ code: 'ValidationError', message, status: 400 })
}

/** As the service words it. */
export function endpointNotFound(name: string, account: string): RuntimeError {
  return runtimeFault(`Endpoint ${name} of account ${account} not found.`)
}

/** The wording is ours: the process of a variant is being started again. */
export function notReady(name: string): RuntimeError {
  const message = `Endpoint ${name} is starting its model again.`
  return new RuntimeError({ code: 'ServiceUnavailable', message, status: 503 })
}

/** The sentence, with its console address, is the service's. */
export function modelFailed(options: {
  /** Of the container's answer; 0 when there was none. */
  status: number
  message: string
  region: string
  account: string
  place: LogPlace
}): RuntimeError {
  const { status, message, region, account, place } = options
  const side = status >= 400 && status < 500 ? 'client' : 'server'
  const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logEventViewer:group=${place.group}`
  return new RuntimeError({
    code: 'ModelError',
    status: 424,
    message: `Received ${side} error (${status}) from primary with message "${message}". See ${console} in account ${account} for more information.`,
    members: {
      OriginalStatusCode: status,
      OriginalMessage: message,
      LogStreamArn: `arn:aws:logs:${region}:${account}:log-group:${place.group}:log-stream:${place.stream}`,
    },
  })
}
