/** What a tuner's `fit` would send: the code of each estimator and the tuning job. */

import { HoldfastError } from '../errors'
import type { AwsCall } from './aws-call'
import { codeCalls, codeUriOf, refuseFaults } from './training-calls'
import type { Definition } from './tuning-definition'
import { createTuningJobRequest, definitionsOf } from './tuning-job-request'
import type { TuningJobOptions } from './tuning-job-request'

/**
 * @throws HoldfastError as `trainingCalls` does, and `E_TUNER`
 * @example
 * const calls = await tuningCalls({ tuner, jobName: 'sweep-1', inputs: 's3://data/train', session })
 */
export async function tuningCalls(options: TuningJobOptions): Promise<AwsCall[]> {
  const params = createTuningJobRequest(options)
  const definitions = definitionsOf(options)
  refuseSharedCode(definitions)
  const uploads: AwsCall[] = []
  for (const { tuned, jobName, session } of definitions) {
    const { estimator } = tuned
    refuseFaults({ estimator, jobName, session })
    uploads.push(...(await codeCalls({ estimator, jobName, session })))
  }
  return [...uploads, { service: 'sagemaker', op: 'CreateHyperParameterTuningJob', params }]
}

/** Two estimators under one name would overwrite each other's code, as they do in the SDK. */
function refuseSharedCode(definitions: Definition[]): void {
  const codeOf = new Map<string, string>()
  for (const { tuned, jobName, session, name } of definitions) {
    const { estimator } = tuned
    const uri = codeUriOf({ estimator, jobName, session })
    const { entryPoint, sourceDir, dependencies } = estimator
    const code = JSON.stringify([sourceDir ?? entryPoint, dependencies])
    const other = codeOf.get(uri)
    codeOf.set(uri, code)
    if (other === undefined || other === code) continue
    throw new HoldfastError({
      code: 'E_TUNER',
      what: `the code of ${name} would overwrite that of another estimator at ${uri}`,
      where: 'estimatorJobName',
      hint: 'give each estimator a job name of its own, or a codeLocation',
    })
  }
}
