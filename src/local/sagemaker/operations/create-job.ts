/** Creates a job exactly once per name: what CreateTrainingJob and CreateProcessingJob share. */

import { HoldfastError } from '../../../errors'
import { type AwsError, validation } from '../aws-error'
import type { Json } from '../json'
import type { JobKind } from '../jobs/job'
import { arnOf, type Context } from './context'

/** The new job's ARN, once the job is durable. */
export async function createJob(options: {
  context: Context
  kind: JobKind
  name: string
  input: Json
  nameTaken: (arn: string) => AwsError
}): Promise<string> {
  const { context, kind, name, input, nameTaken } = options
  const { engine, creating } = context
  const arn = arnOf(context, `${kind}-job/${name}`)
  if (engine.get({ kind, name }) || creating.has(arn)) throw nameTaken(arn)
  creating.add(arn)
  try {
    await engine.create({ kind, arn, request: input })
    return arn
  } catch (error) {
    // The engine refuses what no runner here can do, such as an input mode.
    if (error instanceof HoldfastError) {
      throw validation(error.hint ? `${error.message}: ${error.hint}` : error.message)
    }
    throw error
  } finally {
    creating.delete(arn)
  }
}
