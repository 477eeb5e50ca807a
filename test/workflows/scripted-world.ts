import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common'
import { heartbeat } from '@temporalio/activity'

import type { ControlActivities, HeavyActivities, ServingActivities } from '../../activities'
import type { CheckpointRecord } from '../../src/checkpoint-record'
import type { ResolvedPipeline } from '../../src/config/resolved-pipeline'
import type { Champion, Evaluation } from '../../src/gate'
import { isNews, isTerminal, type JobSnapshot } from '../../src/job'
import { knownSecondaryStatus, knownStatus } from '../../src/job-status'
import type { LastPublished, Revision } from '../../src/nightly-state'
import type { JudgedJob } from '../../src/reaper/judged-job'
import type { RunSite } from '../../src/run-site'
import type { FedRun } from '../../src/run-state'

/** How each attempt's job goes: the looks that it offers, one after the other; the last one stays. */
export type Script = Look[]

/** In the service's words, as `jobService` reads them. */
export type Look = Partial<Omit<JobSnapshot, 'status' | 'secondaryStatus'>> & {
  status?: string
  secondaryStatus?: string
}

export const site: RunSite = {
  account: '111122223333',
  region: 'us-east-1',
  bucket: 'b',
  root: 's3://b/holdfast',
  run: 's3://b/holdfast/runs/r-12345678',
  runId: 'r',
  firstRunId: '12345678-0000',
}

export const revision: Revision = { data: 'd1', model: 'm1', code: 'c1', config: 'f1' }

export const pipeline: ResolvedPipeline = {
  name: 'reviews',
  dataset: {
    path: '/data.csv',
    format: 'csv',
    encoding: 'utf-8',
    textColumn: 'text',
    labelColumn: 'label',
    onInvalid: 'refuse',
    split: { test: 0.1, seed: 7 },
  },
  model: { kind: 'hub', id: 'distilbert-base-uncased' },
  preprocess: { task: 'text-classification', maxLength: 48, padding: 'none' },
  train: {
    entryPoint: 'train.py',
    sourceDir: '/training',
    dependencies: [],
    inputs: {},
    instanceCount: 1,
    volumeSize: 30,
    placements: [
      { instanceType: 'ml.g5.xlarge', useSpotInstances: true },
      { instanceType: 'ml.g5.xlarge', useSpotInstances: false },
    ],
    maxRun: 3_600,
    maxWait: 7_200,
    hyperparameters: {},
    environment: {},
    metricDefinitions: [],
    estimator: {},
  },
  evaluate: { metric: 'eval_accuracy', atLeast: 0.75, instanceType: 'ml.g5.xlarge', maxRun: 3_600 },
  publish: { model: 'reviews' },
  storage: { prefix: 'holdfast' },
  tags: {},
}

/** Activities that follow a script, and remember what was asked of them. */
export function scriptedWorld(options: {
  /** One script per attempt, or by the name of the job. */
  trainings: Script[] | ((jobName: string) => Script)
  /** Default: `reviews-a<attempt>`. */
  jobNameOf?: (options: { runId: string; attempt: number }) => string
  accuracy?: number
  createFails?: (jobName: string) => Error | undefined
  pollFails?: (jobName: string) => Error | undefined
  journalFails?: boolean
  /** Score of a training job; the accuracy unless given. */
  objective?: (jobName: string) => number | Error
  openFails?: Error
  /** What MLflow says at the end of a run. */
  feedFails?: Error
  /** What came of showing a sweep; it is shown nowhere unless given. */
  sweepFed?: FedRun
  /** Of inputs that another run made. */
  verifyFails?: Error
  /** An error, or what is under way until it gives the one that it fails with. */
  revisionFails?: Error | (() => Promise<Error>)
  /** The upload goes on until this gives the error that it fails with. */
  uploadFails?: () => Promise<Error>
  lastPublished?: LastPublished
  champion?: Champion
  /** What each reading of the champion gives, one after the other; the last one stays. */
  champions?: (Champion | null | Error)[]
  /** How each evaluation's job ends; completed unless given. */
  evaluations?: Look[]
  /** Beside the accuracy. */
  evaluation?: Partial<Evaluation>
  pollEvery?: '30s' | '1h'
  /** What a look after a wake-up sees; nothing unless given. */
  lookSees?: (jobName: string) => Partial<JobSnapshot> | Error | undefined
  /** Training seconds that a stopped job reports. */
  stoppedAfter?: number
  /** What copying inputs to another region fails with. */
  bringFails?: () => Error | undefined
  /** Looks for which a stopped job stays in Stopping. */
  looksInStopping?: number
  /** Of a transform: counting its answers, deleting its model. */
  countFails?: Error
  removeFails?: Error
  /** What a pass of the reaper finds. */
  orphans?: JudgedJob[]
  /** What its look for expired endpoints fails with. */
  endpointsFail?: Error
  /** What a look at an endpoint fails with; there is none unless given. */
  readEndpointFails?: Error
}) {
  const { trainings, accuracy = 0.8 } = options
  const calls: string[] = []
  /** Which region was asked what. */
  const seenIn: string[] = []
  const looks = new Map<string, number>()
  const stopped = new Set<string>()
  let looksLeft = options.looksInStopping ?? 0
  /** Jobs that were created and have not been seen to end. */
  const running = new Set<string>()
  const placements: string[] = []
  /** What each published model was compared with: null where there was no champion, undefined where none was asked for. */
  const beaten: (Champion | null | undefined)[] = []
  /** How each run, and sweep, was opened. */
  const opened: { afterPayment: boolean }[] = []
  /** Whose jobs were looked at. */
  const looksAt: RunSite[] = []
  /** What the training's progress made of each request. */
  const frozen: { cutTo?: { maxRun: number; maxWait: number }; afterPayment?: boolean }[] = []
  let championReads = 0
  /** What the looks at each job were told to show of it elsewhere. */
  const shown = new Map<string, Parameters<ControlActivities['pollJob']>[0]['feed']>()
  const fed: Parameters<ControlActivities['feedRun']>[0][] = []
  /** What each activity was told that shows something elsewhere besides. */
  const told = {
    openRun: [] as Parameters<ControlActivities['openRun']>[0][],
    stopJob: [] as Parameters<ControlActivities['stopJob']>[0][],
    sealTrial: [] as Parameters<ControlActivities['sealTrial']>[0][],
    sealSweep: [] as Parameters<ControlActivities['sealSweep']>[0][],
  }
  const published: Parameters<HeavyActivities['publish']>[0][] = []
  let journalReads = 0
  let journalActivities = 0

  const look = (jobName: string, script: Script): JobSnapshot => {
    const at = looks.get(jobName) ?? 0
    looks.set(jobName, at + 1)
    return snapshot(jobName, script[Math.min(at, script.length - 1)])
  }

  const snapshot = (jobName: string, shown: Look = {}): JobSnapshot => {
    const base = { jobName, kind: 'training' as const, interruptions: 0 }
    if (stopped.has(jobName) && looksLeft-- > 0)
      return { ...base, status: 'Stopping', secondaryStatus: 'Stopping' }
    if (stopped.has(jobName)) {
      const { stoppedAfter: trainingSeconds = 0 } = options
      return { ...base, status: 'Stopped', secondaryStatus: 'Stopped', trainingSeconds }
    }
    const { status, secondaryStatus, ...seen } = shown
    return {
      ...base,
      ...seen,
      status: knownStatus(status ?? 'InProgress'),
      secondaryStatus: knownSecondaryStatus(secondaryStatus ?? 'Training'),
    }
  }

  const journal = (): CheckpointRecord =>
    journalReads++ === 0
      ? { resumedFromStep: 0, stepsLost: 0, starts: 0, lastSavedStep: 0 }
      : { resumedFromStep: 20, stepsLost: 3, starts: 2, lastSavedStep: 40 }

  const withJournal = (job: JobSnapshot, checkpointUri: string | undefined): JobSnapshot =>
    checkpointUri === undefined ? job : { ...job, journal: options.journalFails ? null : journal() }

  const control: ControlActivities &
    Pick<ServingActivities, 'endExpiredEndpoints' | 'readEndpoint'> = {
    openRun: async (input) => {
      const { afterPayment = false } = input
      told.openRun.push(input)
      opened.push({ afterPayment })
      if (options.openFails) throw options.openFails
      return site
    },
    freezeTraining: async ({ site: at, attempt, placement, cutTo, afterPayment }) => {
      const { runId } = at
      seenIn.push(`freeze ${attempt} in ${at.region}`)
      frozen.push({ ...(cutTo && { cutTo }), ...(afterPayment && { afterPayment }) })
      placements.push(
        `${placement.useSpotInstances ? 'spot' : 'on-demand'} ${placement.instanceType}`,
      )
      return {
        kind: 'training',
        jobName: options.jobNameOf?.({ runId, attempt }) ?? `reviews-a${attempt}`,
        requestUri: 's3://b/r',
        sha256: 'x',
        fingerprint: 'f',
        outputUri: `s3://b/a${attempt}/model.tar.gz`,
      }
    },
    freezeEvaluation: async ({ attempt, champion }) => {
      if (champion) calls.push(`compare with version ${champion.version}`)
      return {
        kind: 'processing',
        jobName: `reviews-e${attempt}`,
        requestUri: 's3://b/r',
        sha256: 'x',
        fingerprint: 'f',
        outputUri: 's3://b/evaluation',
      }
    },
    openTransform: async () => site,
    freezeTransform: async ({ attempt }) => ({
      kind: 'transform',
      jobName: `batch-a${attempt}`,
      requestUri: 's3://b/r',
      sha256: 'x',
      fingerprint: 'f',
      outputUri: 's3://b/answers',
    }),
    makeTransformModel: async () => {
      calls.push('make the model')
      return { modelName: 'batch-a1' }
    },
    readTransformed: async () => {
      calls.push('count the answers')
      if (options.countFails) throw options.countFails
      return { inputs: 2, bytes: 20 }
    },
    removeTransformModel: async () => {
      calls.push('remove the model')
      if (options.removeFails) throw options.removeFails
    },
    createJob: async ({ job, site: at }) => {
      seenIn.push(`create ${job.jobName} in ${at.region}`)
      calls.push(`create ${job.jobName}`)
      const error = options.createFails?.(job.jobName)
      if (error) throw error
      running.add(job.jobName)
      return { arn: `arn:${job.jobName}`, adopted: false, runner: 'scripted' }
    },
    pollJob: async ({ kind, jobName, site, known, checkpointUri, feed }) => {
      looksAt.push(site)
      seenIn.push(`poll ${jobName} in ${site.home ? site.region : 'no other'}`)
      shown.set(jobName, feed)
      const script =
        kind === 'processing'
          ? [options.evaluations?.[Number(jobName.split('-e')[1]) - 1] ?? { status: 'Completed' }]
          : typeof trainings === 'function'
            ? trainings(jobName)
            : trainings[Number(jobName.split('-a')[1]) - 1]
      const failure = options.pollFails?.(jobName)
      if (failure && !stopped.has(jobName)) throw failure
      const job = look(jobName, script ?? [{ status: 'Completed' }])
      if (isTerminal(job)) running.delete(jobName)
      if (isNews(job, known)) return withJournal(job, checkpointUri)
      heartbeat(job)
      throw ApplicationFailure.create({
        message: 'not yet',
        type: 'NotYet',
        category: ApplicationFailureCategory.BENIGN,
        // Few looks, so that hours of waiting are short also on a busy machine.
        nextRetryDelay: options.pollEvery ?? '10m',
      })
    },
    lookAtJob: async ({ jobName, known, checkpointUri }) => {
      calls.push(`look at ${jobName}`)
      const seen = options.lookSees?.(jobName)
      if (seen instanceof Error) throw seen
      if (!seen) return null
      const job = { ...snapshot(jobName), ...seen }
      if (isTerminal(job)) running.delete(jobName)
      return known && isNews(job, known) ? withJournal(job, checkpointUri) : job
    },
    stopJob: async (input) => {
      const { job, site: at } = input
      told.stopJob.push(input)
      seenIn.push(`stop ${job.jobName} in ${at.region}`)
      calls.push(`stop ${job.jobName}`)
      stopped.add(job.jobName)
      return 'stopping'
    },
    readCheckpointJournal: async () => {
      journalActivities++
      if (options.journalFails) throw ApplicationFailure.nonRetryable('denied', 'E_ACCESS_DENIED')
      return journal()
    },
    readEvaluation: async () => ({
      metrics: { eval_accuracy: accuracy },
      rows: 1_000,
      labels: ['a', 'b'],
      artifactSha256: 'abc',
      ...options.evaluation,
    }),
    readChampion: async () => {
      calls.push('read champion')
      const { champions = [options.champion ?? null] } = options
      const found = champions[Math.min(championReads++, champions.length - 1)] ?? null
      if (found instanceof Error) throw found
      return found
    },
    readLastPublished: async () => options.lastPublished ?? null,
    readObjective: async ({ site, jobName }) => {
      looksAt.push(site)
      seenIn.push(`objective of ${jobName} in ${site.home ? site.region : 'no other'}`)
      const objective = options.objective?.(jobName) ?? accuracy
      if (objective instanceof Error) throw objective
      return objective
    },
    readLogTail: async ({ jobName, site: at }) => {
      seenIn.push(`log of ${jobName} in ${at?.region ?? 'no other'}`)
      return ['Traceback (most recent call last):', 'ValueError: no']
    },
    sealSweep: async (input) => {
      told.sealSweep.push(input)
      calls.push(`seal sweep ${input.state.counts.completed} completed`)
      return options.sweepFed ?? null
    },
    sealTrial: async (input) => {
      const { end } = input
      told.sealTrial.push(input)
      calls.push(`seal trial ${end.number} ${end.state}`)
    },
    findEndedTrials: async () => ({ ended: [], stopping: [] }),
    findOrphans: async () => {
      calls.push('find orphans')
      const { orphans = [] } = options
      return { namespaceId: 'n', counts: { kept: 1, orphan: orphans.length }, others: 2, orphans }
    },
    stopOrphans: async ({ orphans }) => {
      calls.push(`stop ${orphans.map(({ jobName }) => jobName).join(', ')}`)
      return orphans.map((orphan) => ({ ...orphan, verdict: 'stopped' as const }))
    },
    endExpiredEndpoints: async () => {
      if (options.endpointsFail) throw options.endpointsFail
      return { endpoints: [] }
    },
    readEndpoint: async () => {
      if (options.readEndpointFails) throw options.readEndpointFails
      return null
    },
    feedRun: async (input) => {
      calls.push(`feed ${input.outcome}`)
      fed.push(input)
      if (options.feedFails) throw options.feedFails
      return { feed: 'mlflow', url: 'http://mlflow/1' }
    },
    sealRun: async ({ outcome }) => {
      calls.push(`seal ${outcome}`)
    },
  }

  const heavy: HeavyActivities = {
    resolveRevision: async () => {
      const { revisionFails } = options
      if (typeof revisionFails === 'function') {
        calls.push('resolve revision')
        throw await revisionFails()
      }
      if (revisionFails) throw revisionFails
      return revision
    },
    preprocess: async () => ({ key: 'k', stagedUri: null, note: 'reused dataset' }),
    upload: async ({ prepared }) => {
      if (options.uploadFails) {
        calls.push('upload')
        throw await options.uploadFails()
      }
      return {
        dataset: prepared && {
          trainUri: 's3://b/train',
          validationUri: null,
          testUri: 's3://b/test',
          evaluateCodeUri: 's3://b/e',
        },
        codeUri: 's3://b/c',
        modelUri: null,
        note: 'sealed',
      }
    },
    bringToRegion: async ({ site: own, inputs, region }) => {
      calls.push(`bring to ${region}`)
      const error = options.bringFails?.()
      if (error) throw error
      return { site: { ...own, region, bucket: 'c', home: own.region }, inputs, note: 'copied' }
    },
    returnFromRegion: async ({ away, attempt, artifactUri }) => {
      calls.push(`return ${attempt} from ${away.region}`)
      return { artifactUri: artifactUri?.replace('s3://b/', 's3://b/returned/') ?? null, note: '' }
    },
    verifyInputs: async () => {
      calls.push('verify inputs')
      if (options.verifyFails) throw options.verifyFails
      return { note: 'verified' }
    },
    packInference: async ({ packing }) => {
      calls.push('pack inference')
      return { uri: packing.into, sha256: 'abc', size: 1, kept: false }
    },
    sealArtifact: async ({ artifactUri }) => ({ uri: artifactUri, sha256: 'abc', size: 1 }),
    publish: async (input) => {
      const { artifact, comparedWith } = input
      calls.push('publish')
      published.push(input)
      beaten.push(comparedWith)
      return {
        modelPackageArn: 'arn:x/1',
        version: 1,
        artifactUri: artifact.uri,
        sha256: artifact.sha256,
      }
    },
  }

  return {
    ...{
      control,
      heavy,
      calls,
      placements,
      frozen,
      running,
      opened,
      beaten,
      looksAt,
      seenIn,
      shown,
      fed,
      told,
      published,
    },
    /** Activities that read the journal and did nothing else. */
    journalActivities: () => journalActivities,
  }
}
