import { setTimeout as sleep } from 'node:timers/promises'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { joinUri } from '../aws/s3-uri'
import { sha256 } from '../aws/names'
import { HoldfastError } from '../errors'
import type { DecisionAnswer, RunStatus } from '../run-state'
import { unpackArchive } from '../unpack-archive'
import { decide, type GivenDecision } from './decide'
import { jobHasEnded } from './job-has-ended'
import { followJob, jobLogReader, type LogLine } from './job-logs'
import { readRun } from './read-status'
import { runEvents, type RunEvent } from './run-events'
import type { Session } from './session'
import { untilEnded } from './until-ended'

export interface RunHandle {
  id: string
  /** Answers with no worker running. */
  status(): Promise<RunStatus>
  /** Resolves when the run has ended, whatever its outcome. */
  result(): Promise<RunStatus>
  /** Asks for the end: the run stops its paid job first. */
  cancel(): Promise<void>
  /**
   * Lets a run that awaits approval publish. The first decision counts: the answer says which it is.
   *
   * @throws HoldfastError `E_NOT_AWAITING_APPROVAL`, `E_APPROVAL_INVALID`; `E_WORKER_UNREACHABLE`
   *   when no worker recorded it within 30 s
   * @example
   * await run.approve({ by: 'ada', why: 'the errors are harmless' })
   */
  approve(decision?: GivenDecision): Promise<DecisionAnswer>
  /** Ends a run that awaits approval: nothing is published. */
  reject(decision: GivenDecision & { why: string }): Promise<DecisionAnswer>
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
  /** From 1; default: all. */
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
    approve: (decision = {}) => decide({ id, session, status, update: 'approve', decision }),
    reject: (decision) => decide({ id, session, status, update: 'reject', decision }),
    events: (options = {}) => runEvents({ id, session, ...options }),
    logs: (options = {}) => runLogs({ session, status, options }),
    download: (what, { out }) => download({ what, out, id, session }),
  }
}

/** One job after the other, from the first: attempts as they come, until the run ends when following. */
async function* runLogs(options: {
  session: Session
  status: () => Promise<RunStatus>
  options: LogOptions
}): AsyncGenerator<LogLine> {
  const { session, status } = options
  const { follow = false, attempt, stage = 'train', signal } = options.options
  const kind = stage === 'train' ? 'training' : 'processing'
  const shown = new Set<string>()
  for (;;) {
    const now = await status()
    for (const { jobName, region } of jobsOf({ status: now, stage, attempt })) {
      if (shown.has(jobName)) continue
      shown.add(jobName)
      const { logs } = region === undefined ? session.aws : session.awsIn(region)
      const reader = jobLogReader({ logs, kind, jobName })
      const ended = async () => !follow || jobHasEnded({ status: await status(), jobName })
      yield* followJob({ reader, ended, ...(signal ? { signal } : {}) })
    }
    if (!follow || now.state !== 'running' || signal?.aborted) break
    if (attempt !== undefined && shown.size > 0) break
    await sleep(1_000, undefined, { signal }).catch(() => undefined)
  }
  if (shown.size === 0) {
    throw new HoldfastError({
      code: 'E_NO_JOB',
      what: `the run has no ${stage} job${attempt ? ` of attempt ${attempt}` : ' yet'}`,
      where: (await status()).id,
    })
  }
}

function jobsOf(options: {
  status: RunStatus
  stage: 'train' | 'evaluate'
  attempt: number | undefined
}): { jobName: string; region?: string | undefined }[] {
  const { status, stage, attempt } = options
  if (stage === 'evaluate') {
    const job = status.stages.find(({ name }) => name === 'evaluate')?.job
    return job === undefined ? [] : [{ jobName: job }]
  }
  const { attempts } = status.training
  const wanted = attempt === undefined ? attempts : attempts.slice(attempt - 1, attempt)
  return wanted
    .map(({ jobName, placement }) => ({ jobName, region: placement.region }))
    .filter(({ jobName }) => jobName !== '')
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
  if (what === 'model') {
    const artifact = status.published
      ? { uri: status.published.artifactUri, sha256: status.published.sha256 }
      : state?.artifact
    if (!artifact) throw nothing(id, 'no model: its training has not completed')
    await mkdir(out, { recursive: true })
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
  await mkdir(out, { recursive: true })
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
