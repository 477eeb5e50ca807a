/**
 * The auditor. It shares no code with Holdfast and asks it nothing: it reads sagemaker-local's records
 * on disk, the objects in S3, and Temporal's histories, and says what does not hold. The invariants are
 * numbered as in docs/reliability.md.
 */

import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Client, Connection } from '@temporalio/client'

import { checkpointFault } from './checkpoint-fault'
import { findCanary } from './find-canary'
import { modelFault, weightsOf } from './model-fault'
import {
  hasEnded,
  readCalls,
  readJobs,
  readPackages,
  type JournalJob,
  type JournalPackage,
} from './read-journal'
import { readReaper, type ReaperRecord } from './read-reaper'
import { readRun, type Ending, type TemporalRun } from './read-run'

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'X5'

/** A run as whoever started it knows it: what was done to it, and so how it may end. */
export interface ExpectedRun {
  id: string
  mayEnd: readonly Ending[]
  /** Where it may fail: the reasons that it may give. */
  codes?: readonly string[]
  /** It trains with torch: all such runs must come to the same weights. */
  torch?: boolean
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
  /** Jobs that go on although their run has closed; of a terminated run, after one reaper period. */
  orphaned: number
  /** Jobs that went on when their run was terminated, ended since or not: only a reaper can find them. */
  outlived: number
  /** Passes of the reaper that came to their end, and the jobs that they stopped. */
  reaper: { passes: number; stopped: number }
  /** Trainings that were given a secret, and how many places it leaked to. */
  secret: { reached: number; leaks: number } | null
  /** Trainings with torch, by the weights that they came to. */
  weights: Record<string, number>
  mostEvents: number
  /** Of sagemaker-local's operations. */
  calls: Record<string, number>
  violations: Violation[]
}

/** Seconds after a run's close in which its jobs must have ended: SageMaker's 120 s of grace and an upload, scaled. */
const grace = 20
/** Seconds. Clocks are the same machine's; this is for the writing of both records. */
const clockSkew = 1
/**
 * Seconds that a try of an activity may last. Nothing tells it that its run was terminated before its next
 * heartbeat is refused: what it had begun to create may still be accepted, and is the reaper's (I3).
 */
const tryLasts = 60
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
  /** A reaper that runs, and the longest that it may take to find a job and have it stopped. */
  reaper: { withinSeconds: number }
  /** A secret that the trainings were given, and everything that may not hold it. */
  secret?: { canary: string; folder: string }
}): Promise<Audit> {
  const { dataDir, env, runs, ownerless = [], reaper, secret } = options
  const calledAt = Date.now() / 1000
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
    for (const { id } of runs) told.set(id, await readRun({ temporal, id, canary: secret?.canary }))
    const jobs = await settledJobs({ dataDir, told, reaper })
    const packages = readPackages(dataDir).filter(({ run }) => told.has(run))
    const violations: Violation[] = []
    const totals = { lost: 0, duplicated: 0, orphaned: 0, outlived: 0 }
    const passes = await readReaper(temporal)
    const weights: Audit['weights'] = {}
    for (const expected of runs) {
      const facts = {
        expected,
        run: told.get(expected.id) as TemporalRun,
        jobs: jobs.filter(({ run }) => run === expected.id),
        packages: packages.filter(({ run }) => run === expected.id),
        calledAt,
        within: reaper.withinSeconds,
      }
      const found = [
        ...lost(facts),
        ...duplicateJobs(facts),
        ...orphans(facts),
        ...publishes(facts),
        ...untruthful(facts),
        ...reapedAlive({ facts, passes }),
        ...longHistories(facts),
        ...(await wrongBytes({ ...facts, s3, weights })),
        ...(await wrongCheckpoints({ ...facts, s3 })),
      ]
      violations.push(...found)
      totals.lost += found.some(({ invariant }) => invariant === 'I2') ? 1 : 0
      totals.duplicated += found.filter(
        ({ invariant, what }) => invariant === 'I1' || what.startsWith('published'),
      ).length
      totals.orphaned += found.filter(({ invariant }) => invariant === 'I3').length
      totals.outlived += outlived(facts).length
    }
    // X5: without the header a squatter's bucket of that name would get the bytes.
    if (ownerless.length > 0)
      violations.push({
        invariant: 'X5',
        run: '',
        what: `${ownerless.length} writes named no bucket owner, such as ${ownerless[0]}`,
      })
    if (Object.keys(weights).length > 1)
      violations.push({
        invariant: 'I5',
        run: '',
        what: `trainings of one model with torch came to different weights: ${JSON.stringify(weights)}`,
      })
    const leaks = secret ? leaksOf({ secret, told, jobs: jobs.length }) : null
    violations.push(...(leaks?.violations ?? []))
    const endings: Audit['endings'] = {}
    for (const { ending } of told.values()) endings[ending] = (endings[ending] ?? 0) + 1
    return {
      runs: runs.length,
      endings,
      jobs: jobs.length,
      packages: packages.length,
      ...totals,
      reaper: {
        passes: passes.length,
        stopped: passes.flatMap(({ stopped }) => stopped).length,
      },
      secret: leaks && { reached: leaks.reached, leaks: leaks.violations.length },
      weights,
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
  /** Epoch seconds: when the audit began, after the last run. */
  calledAt: number
  /** Seconds that a reaper may take. */
  within: number
}

/** Reads the jobs once those of closed runs have had their time to end, or the reaper its time to come. */
async function settledJobs(options: {
  dataDir: string
  told: Map<string, TemporalRun>
  reaper: { withinSeconds: number }
}): Promise<JournalJob[]> {
  const { dataDir, told, reaper } = options
  const end = Date.now() + Math.max(grace, reaper.withinSeconds) * 1000
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

/** Jobs that were under way when their run was terminated: nothing inside it could stop them. */
function outlived({ run, jobs }: Facts): JournalJob[] {
  const { ending, closedAt = Infinity } = run
  return ending === 'terminated' ? jobs.filter(({ endedAt = Infinity }) => endedAt > closedAt) : []
}

/**
 * I3: no job outlives its run. One that was terminated leaves its jobs to the reaper, which has one
 * period for it, counted from the end of the last run: before, it may have been killed itself.
 */
function orphans({ expected, run, jobs, calledAt, within }: Facts): Violation[] {
  const { ending, closedAt } = run
  if (closedAt === undefined) return []
  const patience = ending === 'terminated' ? within : grace
  const until = Math.max(closedAt, calledAt) + patience
  return jobs
    .filter(({ endedAt = Infinity }) => endedAt > until)
    .map(({ name, status }) => ({
      invariant: 'I3',
      run: expected.id,
      what: `${name} is ${status}, ${patience} s after its run has ended ${ending}`,
    }))
}

/** I9: the reaper stops nothing whose run is still to go on. */
function reapedAlive(options: { facts: Facts; passes: ReaperRecord[] }): Violation[] {
  const { expected, run, jobs } = options.facts
  const { closedAt = Infinity } = run
  return jobs
    .filter(
      ({ name, endedAt = Infinity }) =>
        endedAt < closedAt && options.passes.some(({ stopped }) => stopped.includes(name)),
    )
    .map(({ name }) => ({
      invariant: 'I9',
      run: expected.id,
      what: `the reaper stopped ${name}, whose run was still to go on`,
    }))
}

/** I6: the secret reached the trainings, and is nowhere but in the requests that carry it there. */
function leaksOf(options: {
  secret: { canary: string; folder: string }
  told: Map<string, TemporalRun>
  jobs: number
}): { reached: number; violations: Violation[] } {
  const { secret, told, jobs } = options
  const { leaks, reached } = findCanary({
    ...secret,
    // Killed while it writes its record of a job, the service leaves a draft of it.
    mayHold: (file) => /\/sagemaker\/jobs\/[^/]+\/job\.json(\.tmp)?$/.test(`/${file}`),
  })
  const broken = (what: string, run = ''): Violation => ({ invariant: 'I6', run, what })
  return {
    reached: reached.length,
    violations: [
      ...leaks.map((file) => broken(`the secret stands in ${file}`)),
      ...[...told].flatMap(([id, run]) =>
        run.leaks.map((name) => broken(`the secret stands in Temporal's record of ${name}`, id)),
      ),
      ...(jobs > 0 && reached.length === 0 ? [broken('no training was given the secret')] : []),
    ],
  }
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

/** I9: what a run says agrees with what its jobs say; Stopped is never success; after its end it begins nothing. */
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
  const until = closedAt + (run.ending === 'terminated' ? tryLasts : clockSkew)
  const late = (what: string, at: number): void => {
    if (at > until)
      found.push(
        broken(`${what} ${(at - closedAt).toFixed(0)} s after the run had ended ${run.ending}`),
      )
  }
  for (const { arn, createdAt } of packages) late(`${arn} was published`, createdAt)
  for (const { name, createdAt } of jobs) late(`${name} was created`, createdAt)
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
  weights,
}: Facts & { s3: S3Client; weights: Audit['weights'] }): Promise<Violation[]> {
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
    if (expected.torch) {
      const sum = (await weightsOf(bytes)) ?? 'none'
      weights[sum] = (weights[sum] ?? 0) + 1
      continue
    }
    const fault = await modelFault(bytes)
    if (fault) broken('I5', fault)
  }
  return found
}

/** I5: of what is kept to resume from, the newest stays. */
async function wrongCheckpoints({
  expected,
  jobs,
  s3,
}: Facts & { s3: S3Client }): Promise<Violation[]> {
  const done = jobs.find(({ kind, status }) => kind === 'training' && status === 'Completed')
  const fault = done && (await checkpointFault({ s3, job: done }))
  return fault ? [{ invariant: 'I5', run: expected.id, what: fault }] : []
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
