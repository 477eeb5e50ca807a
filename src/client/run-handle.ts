import { setTimeout as sleep } from 'node:timers/promises'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { writeFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { joinUri } from '../aws/s3-uri'
import { sha256 } from '../aws/names'
import { HoldfastError } from '../errors'
import type { RunStatus } from '../run-state'
import { unpackArchive } from '../unpack-archive'
import { followJob, jobLogReader, type LogLine } from './job-logs'
import { readRun } from './read-status'
import { runEvents, type RunEvent } from './run-events'
import type { Session } from './session'

export interface RunHandle {
  id: string
  /** Answers with no worker running. */
  status(): Promise<RunStatus>
  /** Resolves when the run has ended, whatever its outcome. */
  result(): Promise<RunStatus>
  /** Asks for the end: the run stops its paid job first. */
  cancel(): Promise<void>
  events(options?: { signal?: AbortSignal }): AsyncIterable<RunEvent>
  logs(options?: LogOptions): AsyncIterable<LogLine>
  /** The verified artifact, unpacked; or a file of the run. */
  download(
    what: 'model' | 'metrics' | 'manifest',
    options: { out: string },
  ): Promise<{ path: string; sha256: string }>
}

export interface LogOptions {
  follow?: boolean
  /** From 1; default: the latest. */
  attempt?: number
  stage?: 'train' | 'evaluate'
  signal?: AbortSignal
}

export function runHandle({ id, session }: { id: string; session: Session }): RunHandle {
  const status = async () => (await readRun({ id, session })).status
  return {
    id,
    status,
    result: () => untilEnded({ id, session, status }),
    cancel: async () => {
      await session.temporal.workflow.getHandle(id).cancel()
    },
    events: (options = {}) => runEvents({ id, session, ...options }),
    logs: (options = {}) => runLogs({ session, status, options }),
    download: (what, { out }) => download({ what, out, id, session }),
  }
}

async function untilEnded(options: {
  id: string
  session: Session
  status: () => Promise<RunStatus>
}): Promise<RunStatus> {
  const { id, session, status } = options
  // The end is waited for on the server; how it ended is what `status` says, not an exception.
  await session.temporal.workflow
    .getHandle(id)
    .result()
    .catch(() => undefined)
  for (;;) {
    const now = await status()
    if (now.state !== 'running') return now
    await sleep(500)
  }
}

async function* runLogs(options: {
  session: Session
  status: () => Promise<RunStatus>
  options: LogOptions
}): AsyncGenerator<LogLine> {
  const { session, status } = options
  const { follow = false, attempt, stage = 'train', signal } = options.options
  const jobOf = (now: RunStatus): string | undefined => {
    if (stage === 'evaluate') return now.stages.find(({ name }) => name === 'evaluate')?.job
    return (
      (attempt === undefined ? now.training.attempts.at(-1) : now.training.attempts[attempt - 1])
        ?.jobName || undefined
    )
  }
  let now = await status()
  while (follow && jobOf(now) === undefined && now.state === 'running' && !signal?.aborted) {
    await sleep(1_000)
    now = await status()
  }
  const jobName = jobOf(now)
  if (jobName === undefined) {
    throw new HoldfastError({
      code: 'E_NO_JOB',
      what: `the run has no ${stage} job${attempt ? ` of attempt ${attempt}` : ' yet'}`,
      where: now.id,
    })
  }
  const reader = jobLogReader({
    logs: session.aws.logs,
    kind: stage === 'train' ? 'training' : 'processing',
    jobName,
  })
  const ended = async () => {
    if (!follow) return true
    const at = await status()
    const own = at.training.attempts.find((candidate) => candidate.jobName === jobName)
    return (
      at.state !== 'running' ||
      (own !== undefined && ['Completed', 'Failed', 'Stopped'].includes(own.status))
    )
  }
  yield* followJob({ reader, ended, ...(signal ? { signal } : {}) })
}

async function download(options: {
  what: 'model' | 'metrics' | 'manifest'
  out: string
  id: string
  session: Session
}) {
  const { what, out, id, session } = options
  const { state, status } = await readRun({ id, session })
  const storage = await session.storage()
  await mkdir(out, { recursive: true })
  if (what === 'model') {
    const artifact = status.published
      ? { uri: status.published.artifactUri, sha256: status.published.sha256 }
      : state?.artifact
    if (!artifact) throw nothing(id, 'no model: its training has not completed')
    const work = await mkdtemp(join(out, '.download-'))
    try {
      const archive = join(work, 'model.tar.gz')
      await storage.downloadFile({ uri: artifact.uri, path: archive, sha256: artifact.sha256 })
      await unpackArchive({ archive, into: out })
    } finally {
      await rm(work, { recursive: true, force: true })
    }
    return { path: out, sha256: artifact.sha256 }
  }
  if (!state?.prefix) throw nothing(id, 'nothing to download yet')
  const name = what === 'metrics' ? 'evaluation/metrics.json' : 'manifest.json'
  const bytes = await storage.readIfThere(joinUri(state.prefix, name))
  if (bytes === null) throw nothing(id, `no ${what} yet`)
  const path = join(out, `${what}.json`)
  await writeFile(`${path}.part`, bytes)
  await rename(`${path}.part`, path)
  return { path, sha256: sha256(bytes) }
}

function nothing(id: string, what: string): HoldfastError {
  return new HoldfastError({
    code: 'E_NOT_THERE',
    what: `the run has ${what}`,
    where: id,
    hint: `see \`holdfast status ${id}\``,
  })
}
