/** A job engine that runs nothing: jobs stand still until a test moves them. */

import type { JobEngine } from '../../../../src/local/sagemaker/jobs/engine'
import type { JobKind, JobRecord } from '../../../../src/local/sagemaker/jobs/job'

export interface MemoryEngine extends JobEngine {
  /** Changes a job as its runner would. */
  move(options: { kind?: JobKind; name: string; to: Partial<JobRecord> }): void
}

export function createMemoryEngine(options: { now: () => number }): MemoryEngine {
  const { now } = options
  const jobs = new Map<string, JobRecord>()
  const key = (kind: JobKind, name: string) => `${kind}/${name}`

  return {
    async create({ kind, arn, request }) {
      const at = now() / 1000
      const name = String(request[kind === 'training' ? 'TrainingJobName' : 'ProcessingJobName'])
      const job: JobRecord = {
        kind,
        name,
        arn,
        request,
        status: 'InProgress',
        secondaryStatus: 'Starting',
        transitions: [
          { Status: 'Starting', StartTime: at, StatusMessage: 'Starting the training job' },
        ],
        creationTime: at,
        lastModifiedTime: at,
        runner: 'scripted',
        attempt: 1,
        logStreams: [],
        fired: {},
        retries: 0,
      }
      jobs.set(key(kind, name), job)
      return job
    },
    get: ({ kind, name }) => jobs.get(key(kind, name)),
    list: (kind) => [...jobs.values()].filter((job) => job.kind === kind),
    async stop({ kind, name }) {
      this.move({ kind, name, to: { status: 'Stopping', secondaryStatus: 'Stopping' } })
    },
    async remove({ kind, name }) {
      jobs.delete(key(kind, name))
    },
    async close() {
      jobs.clear()
    },
    move({ kind = 'training', name, to }) {
      const job = jobs.get(key(kind, name))
      if (!job) throw new Error(`no job ${name}`)
      jobs.set(key(kind, name), { ...job, ...to })
    },
  }
}
