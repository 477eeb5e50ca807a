/** One JSON file per job under `<dataDir>/sagemaker/`, always written before anything is answered. */

import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { messageOf } from '../../../errors'
import { ignoreMissing, writeDurably } from './durable-file'
import { isTerminal, type JobKind, type JobRecord } from './job'
import type { JobLogger } from './logger'

export interface JobStore {
  get(options: { kind: JobKind; name: string }): JobRecord | undefined
  list(kind: JobKind): JobRecord[]
  /** Resolves when the record is on disk; only then do `get` and `list` show it. */
  put(job: JobRecord): Promise<void>
  remove(options: { kind: JobKind; name: string }): Promise<void>
  /** Where everything of one job lies. */
  folder(options: { kind: JobKind; name: string }): string
}

export async function openJobStore(options: {
  dataDir: string
  logger: JobLogger
}): Promise<JobStore> {
  const { dataDir, logger } = options
  const roots: Record<JobKind, string> = {
    training: join(dataDir, 'sagemaker', 'jobs'),
    processing: join(dataDir, 'sagemaker', 'processing'),
  }
  const jobs: Record<JobKind, Map<string, JobRecord>> = {
    training: await load(roots.training, logger),
    processing: await load(roots.processing, logger),
  }
  const folder: JobStore['folder'] = ({ kind, name }) => join(roots[kind], name)
  return {
    folder,
    get: ({ kind, name }) => jobs[kind].get(name),
    list: (kind) => [...jobs[kind].values()],
    async put(job) {
      await writeDurably({ file: join(folder(job), 'job.json'), text: JSON.stringify(job) })
      jobs[job.kind].set(job.name, job)
    },
    async remove(key) {
      // The record goes first: a folder without job.json is no job, and is dropped at the next start.
      await rm(join(folder(key), 'job.json'), { force: true })
      jobs[key.kind].delete(key.name)
      await rm(folder(key), { recursive: true, force: true })
    },
  }
}

async function load(root: string, logger: JobLogger): Promise<Map<string, JobRecord>> {
  const jobs = new Map<string, JobRecord>()
  const names = (await readdir(root).catch(ignoreMissing)) ?? []
  for (const name of names) {
    const text = await readFile(join(root, name, 'job.json'), 'utf8').catch(ignoreMissing)
    if (text === undefined) {
      await rm(join(root, name), { recursive: true, force: true })
      continue
    }
    try {
      const job = JSON.parse(text) as JobRecord
      jobs.set(job.name, job)
    } catch (error) {
      logger.error({ job: name, error: messageOf(error) }, 'job.json is not readable; left alone')
    }
  }
  return jobs
}

/** The jobs that a server which has just booted must carry on. */
export function unfinished(store: JobStore): JobRecord[] {
  return [...store.list('training'), ...store.list('processing')].filter((job) => !isTerminal(job))
}
