/** Performs a call of SageMaker Runtime. */

import { notImplemented } from '../aws-error'
import { text } from '../json'
import type { Context } from '../operations/context'
import type { Answer } from '../protocol'
import { invocable, invokeEndpoint, realTimeMs, replyOf } from './endpoint-invocation'
import { runtimeFault } from './runtime-error'
import { containerHeaders, validateRuntimeCall, type RuntimeCall } from './runtime-call'

/** Members that ask for what no variant here has. */
const refused = [
  'TargetModel',
  'TargetContainerHostname',
  'EnableExplanations',
  'InferenceComponentName',
  'SessionId',
]

export async function performRuntimeCall(context: Context, call: RuntimeCall): Promise<Answer> {
  validateRuntimeCall(call)
  for (const member of refused) {
    if (call.input[member] !== undefined) throw notImplemented(`${call.operation} with ${member}`)
  }
  return call.operation === 'InvokeEndpoint' ? invoke(context, call) : invokeLater(context, call)
}

async function invoke(context: Context, { input, body }: RuntimeCall): Promise<Answer> {
  const endpointName = text(input, 'EndpointName') ?? ''
  const serving = context.serving.context
  const { asyncConfig } = invocable({ serving, account: context.account, endpointName })
  if (asyncConfig)
    throw runtimeFault(`Endpoint ${endpointName} is asynchronous: use InvokeEndpointAsync.`)
  const invoked = await invokeEndpoint({
    serving,
    account: context.account,
    endpointName,
    targetVariant: text(input, 'TargetVariant'),
    headers: containerHeaders(input),
    body,
    timeoutMs: realTimeMs,
  })
  const { headers = {}, body: answered } = replyOf(invoked)
  return { status: 200, headers, body: answered }
}

async function invokeLater(context: Context, { input, body }: RuntimeCall): Promise<Answer> {
  if (body.length > 0) throw notImplemented('InvokeEndpointAsync with a Body')
  const endpointName = text(input, 'EndpointName') ?? ''
  const { account } = context
  invocable({ serving: context.serving.context, account, endpointName })
  const accepted = await context.serving.later.accept({ endpointName, input })
  const { inferenceId, outputLocation, failureLocation } = accepted
  return {
    status: 202,
    headers: {
      'content-type': 'application/json',
      'x-amzn-sagemaker-outputlocation': outputLocation,
      ...(failureLocation ? { 'x-amzn-sagemaker-failurelocation': failureLocation } : {}),
    },
    body: JSON.stringify({ InferenceId: inferenceId }),
  }
}
