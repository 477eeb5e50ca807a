/**
 * Carries tuning jobs on: it proposes trials, has the job engine run them, and learns from their ends.
 * Each trial is on disk, with the name of its training job, before that job is created, so that after a
 * kill the same place never gets a second one.
 */

import { HoldfastError, messageOf } from '../../../errors'
import type { JobEngine } from '../jobs/engine'
import { isTerminal, type JobRecord } from '../jobs/job'
import type { JobLogger } from '../jobs/logger'
import { sleep } from '../jobs/sleep'
import { number, object } from '../json'
import type { JobSeries } from '../metrics/job-series'
import { configOf, definitionsOf, type Definition } from './definition'
import type { Curve } from './early-stopping'
import { mostTrials } from './progress'
import { proposeTrial } from './propose-trial'
import { isToBeStopped, watchesCurves } from './stop-early'
import { endOf, newTrial, withDecision, without } from './record-changes'
import { trialRequest } from './trial-request'
import { isEnded, type Trial, type TrialEnd, type TuningRecord } from './tuning-job'
import { openTuningStore } from './tuning-store'

export interface Tuner {
  get(name: string): TuningRecord | undefined
  list(): TuningRecord[]
  /** Resolves when the job is on disk; its name must be free. */
  create(record: TuningRecord): Promise<void>
  /** Resolves when the job is Stopping on disk; its trials are stopped next. */
  stop(name: string): Promise<void>
  /** Trials go on; the next tuner carries on with them. */
  close(): Promise<void>
}

/** How often trials are looked at. */
const lookMs = 150
/** After an error that the next look may not meet, such as a full disk. */
const patienceMs = 1_000

/**
 * Carries on every tuning job that an earlier one left, whether it was closed or killed.
 *
 * @example
 * const tuner = await openTuner({ folder, engine, seriesOf, arnOfTrial, now: Date.now, logger })
 */
export async function openTuner(options: {
  folder: string
  engine: JobEngine
  seriesOf: JobSeries
  arnOfTrial: (name: string) => string
  /** Milliseconds since the epoch. */
  now: () => number
  logger: JobLogger
}): Promise<Tuner> {
  const { folder, engine, seriesOf, arnOfTrial, now, logger } = options
  const store = await openTuningStore({ folder, logger })
  const closing = new AbortController()
  let queue: Promise<unknown> = Promise.resolve()
  let running: Promise<void> | undefined

  /** One change at a time; `undefined` leaves the record as it is. */
  function update(
    name: string,
    change: (record: TuningRecord) => TuningRecord | undefined,
  ): Promise<void> {
    const turn = queue.then(async () => {
      const record = store.get(name)
      const next = record && change(record)
      if (next) await store.put({ ...next, lastModifiedTime: now() / 1000 })
    })
    queue = turn.catch(() => undefined)
    return turn
  }

  function jobOf({ name }: Trial): JobRecord | undefined {
    return engine.get({ kind: 'training', name })
  }

  async function step(name: string): Promise<void> {
    const { curves, growing } = await curvesOf(store.get(name))
    await update(name, (record) => withEnds({ record, curves, growing }))
    await update(name, (record) => withDecision({ record, now: now() / 1000 }))
    await update(name, withNewTrials)
    const record = store.get(name)
    if (!record) return
    if (record.status === 'Stopping') return await stopTrials(record)
    for (const trial of record.trials.filter(({ launched }) => !launched)) {
      await launch(record, trial)
    }
    for (const trial of record.trials.filter(({ launched, end }) => launched && !end)) {
      if (isToBeStopped({ record, trial, curves })) await stopTrial(trial)
    }
  }

  /** A curve that was read before its job had ended may lack its last values: it is `growing`. */
  async function curvesOf(
    record: TuningRecord | undefined,
  ): Promise<{ curves: Map<string, Curve>; growing: Set<string> }> {
    const curves = new Map<string, Curve>()
    const growing = new Set<string>()
    if (!record || !watchesCurves(record)) return { curves, growing }
    const definitions = definitionsOf(record.request)
    for (const trial of record.trials.filter(({ end }) => !end)) {
      const job = jobOf(trial)
      const metric = definitions[trial.definition]?.objective.metric
      if (job && !isTerminal(job)) growing.add(trial.name)
      const points = job ? await seriesOf(job) : []
      curves.set(
        trial.name,
        points.filter((point) => point.name === metric).map(({ value }) => value),
      )
    }
    return { curves, growing }
  }

  function withEnds(options: {
    record: TuningRecord
    curves: ReadonlyMap<string, Curve>
    growing: ReadonlySet<string>
  }): TuningRecord | undefined {
    const { record, curves, growing } = options
    const definitions = definitionsOf(record.request)
    const trials = record.trials.map((trial): Trial => {
      if (trial.end || !trial.launched || growing.has(trial.name)) return trial
      const metric = definitions[trial.definition]?.objective.metric ?? ''
      const end = endOf({ job: jobOf(trial), metric, now: now() / 1000 })
      return end ? { ...trial, end: { ...end, curve: [...(curves.get(trial.name) ?? [])] } } : trial
    })
    const isChanged = trials.some(({ end }, index) => end !== record.trials[index]?.end)
    return isChanged ? { ...record, trials } : undefined
  }

  function withNewTrials(record: TuningRecord): TuningRecord | undefined {
    if (record.status !== 'InProgress') return undefined
    const limits = object(configOf(record.request), 'ResourceLimits') ?? {}
    const parallel = number(limits, 'MaxParallelTrainingJobs') ?? 1
    const most = mostTrials(record)
    let next = record
    while (next.trials.length < most && next.trials.filter(({ end }) => !end).length < parallel) {
      const proposed = proposeTrial(next)
      if (!proposed) break
      const trial = newTrial({ record: next, proposed, now: now() / 1000 })
      next = { ...next, trials: [...next.trials, trial] }
    }
    return next === record ? undefined : next
  }

  async function launch(record: TuningRecord, trial: Trial): Promise<void> {
    const definition = definitionsOf(record.request)[trial.definition] as Definition
    const request = trialRequest({ record, definition, trial })
    let failure: TrialEnd | undefined
    try {
      // It exists when a kill came between its creation and the note of it.
      if (!jobOf(trial)) {
        await engine.create({ kind: 'training', arn: arnOfTrial(trial.name), request })
      }
    } catch (error) {
      // What no runner here can do; another error is met again at the next look.
      if (!(error instanceof HoldfastError)) throw error
      const failureReason = `ClientError: ${error.message}`
      failure = { status: 'Failed', at: now() / 1000, curve: [], failureReason }
    }
    await changeTrial(record, { ...trial, launched: true, ...(failure && { end: failure }) })
  }

  function changeTrial(record: TuningRecord, changed: Trial): Promise<void> {
    return update(record.name, (latest) => ({
      ...latest,
      trials: latest.trials.map((trial) => (trial.name === changed.name ? changed : trial)),
    }))
  }

  async function stopTrials(record: TuningRecord): Promise<void> {
    for (const trial of record.trials.filter(({ end }) => !end)) {
      const job = jobOf(trial)
      if (job) await stopTrial(trial)
      // A trial that never had a training job was none; one whose job exists is noted as such.
      if (!job && !trial.launched) await update(record.name, (latest) => without(latest, trial))
      else if (!trial.launched) await changeTrial(record, { ...trial, launched: true })
    }
  }

  async function stopTrial(trial: Trial): Promise<void> {
    if (jobOf(trial)?.status === 'InProgress')
      await engine.stop({ kind: 'training', name: trial.name })
  }

  function unfinished(): TuningRecord[] {
    return store.list().filter((record) => !isEnded(record))
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted && unfinished().length > 0) {
      let pause = lookMs
      for (const { name } of unfinished()) {
        await step(name).catch((error: unknown) => {
          logger.error({ tuningJob: name, error: messageOf(error) }, 'a tuning job waits')
          pause = patienceMs
        })
      }
      await sleep(pause, closing.signal)
    }
  }

  /** Nothing is looked at while no tuning job is under way. */
  function wake(): void {
    running ??= run().finally(() => {
      running = undefined
      if (!closing.signal.aborted && unfinished().length > 0) wake()
    })
  }

  wake()
  return {
    get: (name) => store.get(name),
    list: () => store.list(),
    async create(record) {
      await store.put(record)
      wake()
    },
    stop: (name) =>
      update(name, (record) =>
        isEnded(record)
          ? undefined
          : { ...record, status: 'Stopping', ending: { status: 'Stopped' } },
      ),
    async close() {
      closing.abort()
      await running
    },
  }
}
