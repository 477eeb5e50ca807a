/**
 * The life of one job, as a state machine over its record. Each state is persisted before it shows, and
 * each step may be done again: a new server goes on from whatever the record says.
 */

import { existsSync } from 'node:fs'

import { messageOf } from '../../../errors'
import { checkpointSyncsOf, forgetSyncs, streamOfHost, treeOf, type EngineContext } from './context'
import { isDistributed } from './distribution'
import { downloadInputs } from './download-phase'
import { hostsOf } from './host'
import {
  isTerminal,
  JobFailure,
  withoutEnding,
  type Ending,
  type FinalMetric,
  type JobKind,
  type JobRecord,
} from './job'
import { limitsOf } from './job-request'
import { logFile } from './log-stream'
import { freeMasterPort } from './master-port'
import { seededRandom } from './random'
import {
  algorithmError,
  exitMessage,
  modelUri,
  uploadProcessingOutputs,
  uploadTrainingResults,
} from './results'
import { dueRule, isHeld, ruleSeconds, type Moment } from './rules'
import { sleep } from './sleep'
import { endContainers, runContainer } from './training-phase'
import {
  enter,
  finishAs,
  hasTrained,
  now,
  secondsOnInstance,
  stopStatuses,
  withEnding,
} from './transitions'

export interface Driver {
  /** Resolves when the job is terminal or the engine closes; never rejects. */
  run(): Promise<void>
  stop(): Promise<void>
}

/** SageMaker waits 120 s between SIGTERM and SIGKILL. */
const graceSeconds = 120

/** Whether a job that is held in Stopping still is. */
const holdLookMs = 200

export function createDriver(options: {
  context: EngineContext
  kind: JobKind
  name: string
}): Driver {
  const { context, kind, name } = options
  const { store, scenario, logger, closing } = context
  let queue: Promise<unknown> = Promise.resolve()
  let phase = new AbortController()

  function current(): JobRecord {
    const job = store.get({ kind, name })
    if (!job) throw new Error(`job ${name} has no record`)
    return job
  }

  /** One change at a time; `undefined` leaves the record as it is. */
  function update(
    change: (job: JobRecord) => JobRecord | undefined,
    patient = true,
  ): Promise<void> {
    const turn = queue.then(async () => {
      for (;;) {
        const next = change(current())
        if (!next) return
        try {
          await store.put({ ...next, lastModifiedTime: now() })
          return
        } catch (error) {
          // A full disk stops the story where it is; it goes on when there is room again.
          if (!patient || closing.aborted) throw error
          logger.error(
            { job: name, error: messageOf(error) },
            'the job cannot be recorded; trying again',
          )
          await sleep(1_000, closing)
        }
      }
    })
    queue = turn.catch(() => undefined)
    return turn
  }

  /** The first decision stands, except that a stop or a failure also ends a job that was being interrupted. */
  async function decide(
    ending: Ending,
    extra: Partial<JobRecord> = {},
    patient = true,
  ): Promise<void> {
    await update((job) => {
      if (
        isTerminal(job) ||
        (job.ending && (job.ending.do !== 'interrupt' || ending.do === 'interrupt'))
      )
        return undefined
      return withEnding({ ...job, ...extra }, ending)
    }, patient)
    if (current().ending) phase.abort()
  }

  async function observe(moment: Moment): Promise<void> {
    const job = current()
    if (job.ending) return
    const due = dueRule({ scenario, job, spot: limitsOf(job).spot, moment })
    if (!due) return
    const { rule, ending } = due
    const times = (job.fired[rule.key] ?? 0) + 1
    if (ending) {
      logger.info({ job: name, rule: rule.index, do: rule.do }, 'scenario rule fires')
      await decide(ending, { fired: { ...job.fired, [rule.key]: times } })
    } else {
      logger.warn({ job: name, rule: rule.index }, 'interrupt is ignored: this is no spot job')
      await update((latest) => ({ ...latest, fired: { ...latest.fired, [rule.key]: rule.times } }))
    }
  }

  async function record(metrics: FinalMetric[] | undefined): Promise<void> {
    if (metrics) await update((job) => (isTerminal(job) ? undefined : { ...job, metrics }))
  }

  async function at(
    epochMs: number,
    signal: AbortSignal,
    action: () => Promise<void>,
  ): Promise<void> {
    while (!signal.aborted && Date.now() < epochMs) await sleep(epochMs - Date.now(), signal)
    if (signal.aborted) return
    await action().catch((error: unknown) =>
      logger.error({ job: name, error: messageOf(error) }, 'a limit could not be enforced'),
    )
  }

  /** SageMaker's own limits and the scenario's clock, for as long as the present phase lasts. */
  function watchClock(job: JobRecord, signal: AbortSignal): void {
    const { maxRuntime, maxWait } = limitsOf(job)
    if (Number.isFinite(maxWait))
      void at((job.creationTime + maxWait) * 1000, signal, () =>
        decide({ do: 'stop', because: 'maxWait' }),
      )
    if (job.secondaryStatus === 'Downloading' || job.secondaryStatus === 'Training') {
      const left = maxRuntime - secondsOnInstance(job, now())
      void at(Date.now() + left * 1000, signal, () => decide({ do: 'stop', because: 'maxRuntime' }))
    }
    if (job.secondaryStatus !== 'Training') return
    const began = job.transitions.at(-1)?.StartTime ?? now()
    for (const seconds of ruleSeconds({ scenario, job })) {
      void at((began + seconds) * 1000, signal, () => observe({ seconds: now() - began }))
    }
  }

  /** Goes on to the next state, unless something was decided meanwhile. */
  function advance(change: (job: JobRecord) => JobRecord): Promise<void> {
    return update((job) => (job.ending || isTerminal(job) ? undefined : change(job)))
  }

  async function step(signal: AbortSignal): Promise<void> {
    const job = current()
    if (job.ending) return await carryOut(job, job.ending)
    await observe({ phase: job.secondaryStatus })
    if (current().ending) return
    watchClock(job, signal)
    switch (job.secondaryStatus) {
      case 'Starting':
        return await advance((latest) =>
          enter(latest, 'Downloading', { startTime: latest.startTime ?? now() }),
        )
      case 'Restarting':
      case 'Interrupted':
        await sleep((job.capacityReturnsAt ?? 0) - Date.now(), signal)
        if (signal.aborted) return
        return await advance((latest) => enter(latest, 'Starting', { attempt: latest.attempt + 1 }))
      case 'Downloading':
        await downloadInputs({ context, job, signal })
        return await beginTraining(job)
      case 'Training': {
        const end = await runContainer({ context, job, signal, observe, record })
        if (!end) return
        return await advance((latest) => enter(latest, 'Uploading', end))
      }
      default:
        return await upload(job, signal)
    }
  }

  async function beginTraining(job: JobRecord): Promise<void> {
    const masterPort = isDistributed(job)
      ? { masterPort: await freeMasterPort({ jobs: store.list('training') }) }
      : {}
    await advance((latest) =>
      enter(latest, 'Training', {
        logStreams: withStream(context.dataDir, latest),
        ...masterPort,
      }),
    )
  }

  async function upload(job: JobRecord, signal: AbortSignal): Promise<void> {
    const { spot } = limitsOf(job)
    const tree = treeOf(context, job, job.failedHost)
    const succeeded = job.exitCode === 0
    const changes: Partial<JobRecord> = {}
    if (kind === 'training') {
      await uploadTrainingResults({ context, job, signal, withModel: succeeded })
      const uri = modelUri(job)
      if (succeeded && uri !== undefined) changes.modelArtifacts = uri
    } else {
      if (succeeded) await uploadProcessingOutputs({ context, job, signal })
      const message = await exitMessage(tree)
      if (message !== undefined) changes.exitMessage = message
    }
    if (!succeeded)
      changes.failureReason = await algorithmError({ tree, job, code: job.exitCode ?? 1 })
    const status = succeeded ? 'Completed' : 'Failed'
    await advance((latest) =>
      finishAs({ job: latest, status, secondaryStatus: status, spot, changes }),
    )
  }

  /** The machine goes away, gently or not: nothing of the job runs afterwards. */
  async function endContainer(job: JobRecord): Promise<void> {
    if (job.runner === 'scripted') return
    await record(
      await endContainers({ context, job, graceSeconds: graceSeconds / scenario.timeScale }),
    )
  }

  async function carryOut(job: JobRecord, ending: Ending): Promise<void> {
    await endContainer(job)
    if (ending.do === 'interrupt') await interrupt(job, ending.resumeAfterSeconds)
    else if (ending.do === 'stop') {
      while (isHeld({ scenario, job }) && !closing.aborted) await sleep(holdLookMs, closing)
      if (!closing.aborted) await conclude(job, stopStatuses[ending.because])
    } else await fail(job, ending.reason)
  }

  async function interrupt(job: JobRecord, resumeAfterSeconds: number): Promise<void> {
    const dice = seededRandom(scenario.seed, job.name, 'sync', job.attempt)
    for (const sync of hasTrained(job) ? checkpointSyncsOf(context, job) : []) {
      if (scenario.nastySync) await sync.pushPartly(dice)
      else await sync.push(closing)
    }
    await update((latest) => {
      if (latest.ending?.do !== 'interrupt') return undefined
      const rest = withoutEnding(latest)
      delete rest.exitCode
      return enter(rest, 'Interrupted', {
        capacityReturnsAt: Date.now() + resumeAfterSeconds * 1000,
      })
    })
  }

  /** Stopped by someone or by a limit: what is in model/ is still uploaded. */
  async function conclude(job: JobRecord, secondaryStatus: string): Promise<void> {
    const { spot } = limitsOf(job)
    const changes: Partial<JobRecord> = {}
    if (kind === 'training' && hasTrained(job)) {
      for (const sync of checkpointSyncsOf(context, job)) await sync.push(closing)
      if (job.secondaryStatus !== 'Uploading') await update((latest) => enter(latest, 'Uploading'))
      const { model } = await uploadTrainingResults({
        context,
        job,
        signal: closing,
        withModel: true,
      })
      const uri = modelUri(job)
      if (model && uri !== undefined) changes.modelArtifacts = uri
    }
    await update((latest) =>
      finishAs({ job: latest, status: 'Stopped', secondaryStatus, spot, changes }),
    )
  }

  async function fail(job: JobRecord, reason: string): Promise<void> {
    const { spot, retries } = limitsOf(job)
    // RetryStrategy is for internal errors only.
    if (reason.startsWith('InternalServerError') && job.retries < retries) {
      return await update((latest) => {
        const rest = withoutEnding(latest)
        delete rest.exitCode
        return enter(rest, 'Restarting', { retries: latest.retries + 1 })
      })
    }
    await update((latest) =>
      finishAs({
        job: latest,
        status: 'Failed',
        secondaryStatus: 'Failed',
        spot,
        changes: { failureReason: reason },
      }),
    )
  }

  return {
    async run() {
      try {
        await live()
      } catch (error) {
        logger.error({ job: name, error: messageOf(error) }, 'the job cannot be carried on')
      } finally {
        forgetSyncs(context, { name })
      }
    },
    stop: () => decide({ do: 'stop', because: 'user' }, {}, false),
  }

  async function live(): Promise<void> {
    while (!closing.aborted) {
      phase = new AbortController()
      const signal = AbortSignal.any([phase.signal, closing])
      const before = current()
      if (isTerminal(before)) return
      try {
        await step(signal)
      } catch (error) {
        if (closing.aborted) return
        await failBecause(error, before.ending)
      } finally {
        phase.abort()
      }
    }
  }

  async function failBecause(error: unknown, carriedOut: Ending | undefined): Promise<void> {
    // A phase that broke off because something was decided meanwhile is no failure of its own.
    if (!carriedOut && current().ending) return
    const reason =
      error instanceof JobFailure ? error.reason : `InternalServerError: ${messageOf(error)}`
    logger.warn({ job: name, reason }, 'a phase of the job ended with an error')
    await update((job) => withEnding(job, { do: 'fail', reason })).catch(() => undefined)
    // Failing is the last resort and must not spin when even that fails.
    if (carriedOut?.do === 'fail') await sleep(1_000, closing)
  }
}

/**
 * One stream per host and start, named with the second it began. Two starts within a second differ all the same,
 * and so do those of a removed job of this name, whose log stays.
 */
function withStream(dataDir: string, job: JobRecord): string[] {
  if (job.runner === 'scripted') return job.logStreams
  const last = Number(job.logStreams.at(-1)?.split('-').at(-1) ?? 0)
  const streams = [...job.logStreams]
  // Attempts that never trained have no stream of their own, but keep their place.
  while (streams.length < job.attempt - 1) streams.push('')
  const named = (second: number) => `${job.name}/algo-1-${second}`
  let second = Math.max(Math.floor(now()), last + 1)
  const taken = (stream: string) => existsSync(logFile({ dataDir, kind: job.kind, stream }))
  while (hostsOf(job).some((host) => taken(streamOfHost(named(second), host.name)))) second++
  return [...streams.slice(0, job.attempt - 1), named(second)]
}
