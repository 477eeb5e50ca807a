import { createStatusSource, type StatusSource } from '../src/aws/status-source'
import { workerSettings } from '../src/worker-settings'
import type { Dependencies } from './dependencies'
import { jobService } from './job-service'

/** How jobs are, of the account and region of these clients. */
export function jobStatus(
  options: Pick<Dependencies, 'sagemaker' | 'listing' | 'env' | 'log'>,
): StatusSource {
  const { sagemaker, listing, env, log } = options
  return createStatusSource({
    ...workerSettings(env),
    listing,
    log,
    describe: ({ kind, jobName }) => jobService({ sagemaker, log, kind }).describe(jobName),
  })
}
