/** The containers of all hosts of one attempt, looked at as one. */

import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import { ignoreMissing } from './durable-file'
import type { Host } from './host'
import { endProcess, inspect } from './job-process'

/** One host's container: the folder of its run. */
export interface Container {
  host: Host
  run: string
}

export type ClusterState =
  | { state: 'running' }
  /** 0 when all have ended well; otherwise that of the first host that failed. */
  | { state: 'exited'; code: number; failedHost?: string }
  | { state: 'vanished' }

/**
 * One host that fails ends the job, also while others run. An exit code outweighs a container that
 * vanished: those beside a failed one are killed.
 */
export async function inspectCluster(containers: readonly Container[]): Promise<ClusterState> {
  const states = await Promise.all(
    containers.map(async ({ host, run }) => ({ host, run, seen: await inspect(run) })),
  )
  const failed = states.flatMap(({ host, run, seen }) =>
    seen.state === 'exited' && seen.code !== 0 ? [{ host, run, code: seen.code }] : [],
  )
  const first = await firstToEnd(failed)
  if (first) return { state: 'exited', code: first.code, failedHost: first.host.name }
  if (states.some(({ seen }) => seen.state === 'vanished')) return { state: 'vanished' }
  if (states.every(({ seen }) => seen.state === 'exited')) return { state: 'exited', code: 0 }
  return { state: 'running' }
}

/** Resolves when nothing of any container runs any more. */
export async function endCluster(options: {
  containers: readonly Container[]
  graceSeconds: number
}): Promise<void> {
  const { containers, graceSeconds } = options
  await Promise.all(containers.map(({ run }) => endProcess({ run, graceSeconds })))
}

/** A failure of one host soon becomes one of its peers: the earliest is the cause. */
async function firstToEnd<T extends Container>(failed: T[]): Promise<T | undefined> {
  const ended = await Promise.all(
    failed.map(async (container) => {
      const exit = await stat(join(container.run, 'exit')).catch(ignoreMissing)
      return { container, at: exit?.mtimeMs ?? Infinity }
    }),
  )
  return ended.sort((a, b) => a.at - b.at)[0]?.container
}
