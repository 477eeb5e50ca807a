/** Would the service take these calls? Its own model says. */

import type { AwsCall } from '../src/estimator/aws-call'
import { AwsError } from '../src/local/sagemaker/aws-error'
import { validateInput } from '../src/local/sagemaker/validate'

/** Whether the model of SageMaker refuses one of the calls: a missing, mistyped or too short value. */
export function serviceRefuses(calls: AwsCall[]): boolean {
  return calls.filter(({ service }) => service === 'sagemaker').some(refuses)
}

function refuses({ op, params }: AwsCall): boolean {
  try {
    validateInput({ service: 'sagemaker', operation: op, input: asSent(params) })
    return false
  } catch (error) {
    if (error instanceof AwsError) return true
    throw error
  }
}

/** As it goes over the wire, where what is undefined is not there. */
function asSent(params: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(params)) as Record<string, unknown>
}
