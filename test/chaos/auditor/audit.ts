/**
 * The auditor. It shares no code with Holdfast and asks it nothing: it reads sagemaker-local's records
 * on disk, the objects in S3, and Temporal's histories, and says what does not hold. The invariants are
 * numbered as in docs/reliability.md.
 */

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Client, Connection } from '@temporalio/client'

import { modelFault } from './model-fault'
import {
  hasEnded,
  readCalls,
  readJobs,
  readPackages,
  type JournalJob,
  type JournalPackage,
} from './read-journal'
import { readRun, type Ending, type TemporalRun } from './read-run'

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I7' | 'I8' | 'I9' | 'X5'

/** A run as whoever started it knows it: what was done to it, and so how it may end. */
export interface ExpectedRun {
  id: string
  mayEnd: readonly Ending[]
  /** Where it may fail: the reasons that it may give. */
  codes?: readonly string[]
}

export interface Violation {
  invariant: Invariant
  run: string
  what: string
}

export interface Audit {
  runs: number
  endings: Partial<Record<TemporalRun['ending'], number>>
  jobs: number
  packages: number
  /** Runs that did not end, or not as they may. */
  lost: number
  /** Jobs and packages beyond those that a run may pay for. */
  duplicated: number
  /** Jobs that go on although their run has closed. */
  orphaned: number
  /** Jobs that went on when their run was terminated, ended since or not: only a reaper can find them. */
  waitingForReaper: number
  mostEvents: number
  /** Of sagemaker-local's operations. */
  calls: Record<string, number>
  violations: Violation[]
}

/**
 * Whether something stops the jobs of terminated runs. Until it does, they are counted and named, and
 * are no violation: nothing inside a terminated workflow can stop them.
 */
const reaper = { runs: false, withinSeconds: 60 }

/** Seconds after a run's close in which its jobs must have ended: SageMaker's 120 s of grace and an upload, scaled. */
const grace = 20
/** Of one workflow's history. */
const mostEvents = 2_000

/**
 * @example
 * const { violations } = await audit({ dataDir, env, runs: [{ id, mayEnd: ['completed'] }] })
 */
export async function audit(options: {
  dataDir: string
  env: Record<string, string>
  runs: ExpectedRun[]
  /** Writes to S3 that named no bucket owner, as the proxy in front of it has seen them. */
  ownerless?: string[]
}): Promise<Audit> {
  const { dataDir, env, runs, ownerless = [] } = options
  const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' })
  const s3 = new S3Client({
    region: env['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
    endpoint: env['AWS_ENDPOINT_URL_S3'] ?? '',
    forcePathStyle: true,
  })
  try {
    const temporal = new Client({ connection })
    const told = new Map<string, TemporalRun>()
    for (const { id } of runs) told.set(id, await readRun({ temporal, id }))
    const jobs = await settledJobs({ dataDir, told })
    const packages = readPackages(dataDir).filter(({ run }) => told.has(run))
    const violations: Violation[] = []
    const totals = { lost: 0, duplicated: 0, orphaned: 0, waitingForReaper: 0 }
    for (const expected of runs) {
      const facts = {
        expected,
        run: told.get(expected.id) as TemporalRun,
        jobs: jobs.filter(({ run }) => run === expected.id),
        packages: packages.filter(({ run }) => run === expected.id),
      }
      const found = [
        ...lost(facts),
        ...duplicateJobs(facts),
        ...orphans(facts),
        ...publishes(facts),
        ...untruthful(facts),
        ...longHistories(facts),
        ...(await wrongBytes({ ...facts, s3 })),
      ]
      violations.push(...found)
      totals.lost += found.some(({ invariant }) => invariant === 'I2') ? 1 : 0
      totals.duplicated += found.filter(
        ({ invariant, what }) => invariant === 'I1' || what.startsWith('published'),
      ).length
      const open = openJobs(facts).length
      totals.orphaned += open
      totals.waitingForReaper += outlived(facts).length
    }
    // X5: without the header a squatter's bucket of that name would get the bytes.
    if (ownerless.length > 0)
      violations.push({
        invariant: 'X5',
        run: '',
        what: `${ownerless.length} writes named no bucket owner, such as ${ownerless[0]}`,
      })
    const endings: Audit['endings'] = {}
    for (const { ending } of told.values()) endings[ending] = (endings[ending] ?? 0) + 1
    return {
      runs: runs.length,
      endings,
      jobs: jobs.length,
      packages: packages.length,
      ...totals,
      mostEvents: Math.max(0, ...[...told.values()].flatMap(({ events }) => events)),
      calls: readCalls(dataDir),
      violations,
    }
  } finally {
    s3.destroy()
    await connection.close()
  }
}

interface Facts {
  expected: ExpectedRun
  run: TemporalRun
  jobs: JournalJob[]
  packages: JournalPackage[]
}

/** Reads the jobs once those of closed runs have had their time to end. */
async function settledJobs(options: {
  dataDir: string
  told: Map<string, TemporalRun>
}): Promise<JournalJob[]> {
  const { dataDir, told } = options
  const end = Date.now() + grace * 1000
  for (;;) {
    const jobs = readJobs(dataDir).filter(({ run }) => told.has(run))
    const waiting = jobs.some(
      ({ run, status }) => !hasEnded(status) && told.get(run)?.closedAt !== undefined,
    )
    if (!waiting || Date.now() > end) return jobs
    await sleep(300)
  }
}

/** I2: every run ends, in a way that it may, and a failure says why. */
function lost({ expected, run }: Facts): Violation[] {
  const { id, mayEnd, codes } = expected
  const broken = (what: string): Violation[] => [{ invariant: 'I2', run: id, what }]
  if (run.ending === 'running') return broken(`has not ended (${run.problem || 'nothing pending'})`)
  if (!mayEnd.includes(run.ending))
    return broken(
      `ended ${run.ending} ${run.code}`.trimEnd() + `, and may only end ${mayEnd.join(' or ')}`,
    )
  if (run.openChildren.length > 0)
    return broken(`has closed, and left ${run.openChildren.join(', ')} open`)
  if (run.ending === 'failed' && !/^E_[A-Z_]+$/.test(run.code))
    return broken('failed without a reason')
  if (run.ending === 'failed' && codes && !codes.includes(run.code))
    return broken(`failed with ${run.code}, not ${codes.join(' or ')}`)
  return []
}

/**
 * I1: one paid job for each step and attempt. A further job is right only when the one before it had
 * ended, and ended for want of a machine or by the service's own fault.
 */
function duplicateJobs({ expected, jobs }: Facts): Violation[] {
  return (['training', 'processing'] as const).flatMap((kind) => {
    const own = jobs.filter((job) => job.kind === kind).sort((a, b) => a.createdAt - b.createdAt)
    return own.slice(1).flatMap((job, index): Violation[] => {
      const before = own[index] as JournalJob
      const fault =
        before.endedAt === undefined || before.endedAt > job.createdAt
          ? `was created beside ${before.name}`
          : mayFollow(before)
            ? undefined
            : `followed ${before.name}, which ended ${before.secondaryStatus} ${before.failureReason.replace(/\s+/g, ' ').slice(0, 60)}`
      return fault ? [{ invariant: 'I1', run: expected.id, what: `${job.name} ${fault}` }] : []
    })
  })
}

/** By the service's own prefixes; what a script says comes after `AlgorithmError`. */
function mayFollow({ status, secondaryStatus, failureReason }: JournalJob): boolean {
  if (status === 'Stopped') return secondaryStatus === 'MaxWaitTimeExceeded'
  return status === 'Failed' && /^(CapacityError|InternalServerError)/.test(failureReason)
}

function openJobs({ run, jobs }: Facts): JournalJob[] {
  return run.closedAt === undefined ? [] : jobs.filter(({ status }) => !hasEnded(status))
}

/** Of a terminated run: jobs that nothing inside it could stop, for longer than a reaper may take. */
function outlived({ run, jobs }: Facts): JournalJob[] {
  const { ending, closedAt = Infinity } = run
  const until = closedAt + (reaper.runs ? reaper.withinSeconds : 0)
  return ending === 'terminated' ? jobs.filter(({ endedAt = Infinity }) => endedAt > until) : []
}

/** I3: no job outlives its run. */
function orphans(facts: Facts): Violation[] {
  if (facts.run.ending === 'terminated') {
    if (!reaper.runs) return []
    return outlived(facts).map(({ name }) => ({
      invariant: 'I3',
      run: facts.expected.id,
      what: `${name} went on for over ${reaper.withinSeconds} s after its run was terminated`,
    }))
  }
  return openJobs(facts).map(({ name, status }) => ({
    invariant: 'I3',
    run: facts.expected.id,
    what: `${name} is ${status} although its run has ended ${facts.run.ending}`,
  }))
}

/** I4: published once when the run says so, never when it says otherwise. */
function publishes({ expected, run, packages }: Facts): Violation[] {
  const count = packages.length
  const broken = (what: string): Violation[] => [{ invariant: 'I4', run: expected.id, what }]
  if (count > 1)
    return broken(`published ${count} times: ${packages.map(({ arn }) => arn).join(', ')}`)
  if (run.ending === 'completed' && count === 0)
    return broken('completed and is not in the registry')
  if ((run.ending === 'rejected' || run.ending === 'failed') && count > 0)
    return broken(`ended ${run.ending} and is in the registry all the same`)
  return []
}

/** I9: what a run says agrees with what its jobs say; Stopped is never success; after its end it does nothing. */
function untruthful({ expected, run, jobs, packages }: Facts): Violation[] {
  const broken = (what: string): Violation => ({ invariant: 'I9', run: expected.id, what })
  const found: Violation[] = []
  if (run.ending === 'completed' || run.ending === 'rejected') {
    for (const kind of ['training', 'processing'] as const) {
      const last = jobs
        .filter((job) => job.kind === kind)
        .sort((a, b) => a.createdAt - b.createdAt)
        .at(-1)
      if (last?.status !== 'Completed')
        found.push(
          broken(
            `ended ${run.ending}, and its last ${kind} job ${last?.status ?? 'does not exist'}`,
          ),
        )
    }
  }
  const { closedAt = Infinity } = run
  // Clocks are the same machine's; a second for the writing of both records.
  for (const { arn, createdAt } of packages)
    if (createdAt > closedAt + 1)
      found.push(
        broken(
          `${arn} was published ${(createdAt - closedAt).toFixed(0)} s after the run had ended ${run.ending}`,
        ),
      )
  for (const { name, createdAt } of jobs)
    if (createdAt > closedAt + 1)
      found.push(
        broken(
          `${name} was created ${(createdAt - closedAt).toFixed(0)} s after the run had ended ${run.ending}`,
        ),
      )
  return found
}

/** I8: bounded histories. */
function longHistories({ expected, run }: Facts): Violation[] {
  const most = Math.max(...run.events)
  return most > mostEvents
    ? [{ invariant: 'I8', run: expected.id, what: `a history of ${most} events` }]
    : []
}

/** I7: what is published are the bytes that the training left. I5: and they are those of an uninterrupted one. */
async function wrongBytes({
  expected,
  jobs,
  packages,
  s3,
}: Facts & { s3: S3Client }): Promise<Violation[]> {
  const found: Violation[] = []
  for (const { arn, uri, sha256 } of packages) {
    const broken = (invariant: Invariant, what: string) =>
      found.push({ invariant, run: expected.id, what: `${arn}: ${what}` })
    const bytes = await readObject({ s3, uri })
    if (bytes === undefined) {
      broken('I7', 'its artifact is not there')
      continue
    }
    const actual = hash(bytes)
    if (actual !== sha256)
      broken('I7', `its artifact has the sha256 ${actual}, the registry says ${sha256}`)
    const left = jobs.filter(({ kind, status }) => kind === 'training' && status === 'Completed')
    const sources = await Promise.all(
      left.map(async ({ artifact = '' }) =>
        hash((await readObject({ s3, uri: artifact })) ?? Buffer.alloc(0)),
      ),
    )
    if (!sources.includes(actual))
      broken('I7', 'its artifact is none that a training job of the run left')
    const fault = await modelFault(bytes)
    if (fault) broken('I5', fault)
  }
  return found
}

async function readObject({ s3, uri }: { s3: S3Client; uri: string }): Promise<Buffer | undefined> {
  const [, Bucket = '', Key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? []
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined
    throw error
  }
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
