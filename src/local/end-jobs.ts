import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endMarked } from './end-process'
import { endProcess as endJobProcess, inspect } from './sagemaker/jobs/job-process'

/** Milliseconds for each job. */
const jobMs = 5_000

/** Ends the jobs and the inference processes that outlived sagemaker-local: they are made to. */
export async function endJobs(dataDir: string): Promise<void> {
  for (const kind of ['jobs', 'processing', 'endpoints', 'transforms']) {
    for (const run of runFolders(join(dataDir, 'sagemaker', kind))) {
      if ((await inspect(run)).state !== 'running') continue
      // One that has not said who it is yet is found by its mark below.
      await Promise.race([
        endJobProcess({ run, graceSeconds: 0 }),
        sleep(jobMs, undefined, { ref: false }),
      ])
    }
  }
  await endMarked({ mark: `HOLDFAST_RUN=${join(dataDir, 'sagemaker')}/`, withinMs: 5_000 })
}

/** `<jobs>/<job>/run-<attempt>`, where each start keeps its process's identity. */
function runFolders(jobs: string): string[] {
  return entries(jobs).flatMap((job) =>
    entries(join(jobs, job))
      .filter((name) => name.startsWith('run-'))
      .map((name) => join(jobs, job, name)),
  )
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
