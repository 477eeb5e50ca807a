import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Json } from '../../../../../src/local/sagemaker/json'
import { openTuner, type Tuner } from '../../../../../src/local/sagemaker/tuning/tuner'
import type { TuningRecord } from '../../../../../src/local/sagemaker/tuning/tuning-job'
import { openTuningStore } from '../../../../../src/local/sagemaker/tuning/tuning-store'
import { inheritedFindings } from '../../../../../src/local/sagemaker/tuning/warm-start'
import { createMemoryEngine, type MemoryEngine } from '../memory-engine'
import { ended, record, trial } from './record'

let folder: string
let engine: MemoryEngine
let tuner: Tuner
/** Values of the objective that each training job has printed. */
let printed: Map<string, number[]>
/** How often somebody wanted to know them. */
let looks: number
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-tuner-'))
  engine = createMemoryEngine({ now: Date.now })
  printed = new Map()
  looks = 0
  tuner = await open()
})
afterEach(async () => {
  await tuner.close()
  await rm(folder, { recursive: true, force: true })
})

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }

function open(): Promise<Tuner> {
  return openTuner({
    folder,
    engine,
    seriesOf({ name }) {
      looks += 1
      const points = (printed.get(name) ?? []).map((value, at) => ({ name: 'score', at, value }))
      return Promise.resolve(points)
    },
    arnOfTrial: (name) => `arn:aws:sagemaker:us-east-1:111122223333:training-job/${name}`,
    now: Date.now,
    logger,
  })
}

function fresh(config: Json): TuningRecord {
  const at = Date.now() / 1000
  return record({ creationTime: at, config })
}

async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(20)) {
    const found = look()
    if (found !== undefined) return found
  }
  throw new Error(`no ${what} within 30 s`)
}

/** The training job of a place, once it exists. */
function jobAt(place: number): Promise<string> {
  return until(`trial ${place}`, () => {
    const trial = tuner.get('tuned')?.trials[place - 1]
    return trial?.launched ? trial.name : undefined
  })
}

function complete(name: string, score: number): void {
  const metrics = [{ MetricName: 'score', Value: score, Timestamp: 1 }]
  const at = Date.now() / 1000
  engine.move({ name, to: { status: 'Completed', metrics, endTime: at } })
}

const one = { ResourceLimits: { MaxNumberOfTrainingJobs: 3, MaxParallelTrainingJobs: 1 } }

test('early stopping ends a trial that is worse than the median, and takes its value', async () => {
  await tuner.create(fresh({ ...one, TrainingJobEarlyStoppingType: 'Auto' }))
  const first = await jobAt(1)
  printed.set(first, [0.5, 0.6])
  complete(first, 0.6)
  const second = await jobAt(2)
  printed.set(second, [0.1])
  await until('stop', () =>
    engine.get({ kind: 'training', name: second })?.status === 'Stopping' ? true : undefined,
  )
  const metrics = [{ MetricName: 'score', Value: 0.1, Timestamp: 1 }]
  engine.move({ name: second, to: { status: 'Stopped', metrics } })
  const third = await jobAt(3)
  expect(tuner.get('tuned')?.trials[1]?.end).toMatchObject({
    status: 'Stopped',
    objective: 0.1,
    curve: [0.1],
  })
  // Better than the median, which is now of 0.5 and 0.1, it may go on to its end.
  printed.set(third, [0.4])
  const before = looks
  await until('look at it', () => (looks > before + 2 ? true : undefined))
  expect(engine.get({ kind: 'training', name: third })?.status).toBe('InProgress')
})

test('a trial that was noted but not created, or created but not noted so, is created once', async () => {
  await tuner.close()
  const noted = trial({ name: 'tuned-001-00000000', launched: false })
  // The first time as after a kill before its training job, the second time as after one behind it.
  for (let kills = 0; kills < 2; kills++) {
    const store = await openTuningStore({ folder, logger })
    await store.put({ ...fresh(one), trials: [noted] })
    tuner = await open()
    expect(await jobAt(1)).toBe(noted.name)
    await tuner.close()
    expect(engine.list('training').map(({ name }) => name)).toEqual([noted.name])
  }
})

test('a training job that was deleted under way has ended without a result', async () => {
  await tuner.create(fresh(one))
  const name = await jobAt(1)
  await engine.remove({ kind: 'training', name })
  await jobAt(2)
  expect(tuner.get('tuned')?.trials[0]?.end).toMatchObject({ status: 'Stopped', curve: [] })
  expect(tuner.get('tuned')?.trials[0]?.end?.objective).toBeUndefined()
})

describe('a warm start', () => {
  const parent = record({
    name: 'parent',
    status: 'Completed',
    trials: [ended({ objective: 0.5 }), ended({ status: 'Failed' })],
  })
  const child = (changes: Json): Json => ({
    ...parent.request,
    WarmStartConfig: {
      ParentHyperParameterTuningJobs: [{ HyperParameterTuningJobName: 'parent' }],
      WarmStartType: 'IdenticalDataAndAlgorithm',
      ...changes,
    },
  })
  const inherited = (request: Json, found: TuningRecord) =>
    inheritedFindings({ request, find: () => found })

  test('takes over what its parents found', () => {
    const name = parent.trials[0]?.name
    expect(inherited(child({}), parent)).toEqual([
      { values: {}, objective: 0.5, trainingJob: name, tuningJob: 'parent' },
    ])
  })

  test('is refused while a parent is under way, or when another image is to train', () => {
    expect(() => inherited(child({}), { ...parent, status: 'InProgress' })).toThrow('is InProgress')
    const definition = parent.request.TrainingJobDefinition as Json
    const AlgorithmSpecification = {
      ...(definition.AlgorithmSpecification as Json),
      TrainingImage: 'other:1',
    }
    const request = {
      ...child({}),
      TrainingJobDefinition: { ...definition, AlgorithmSpecification },
    }
    expect(() => inherited(request, parent)).toThrow('must not change TrainingImage of parent')
    const transfer = {
      ...request,
      WarmStartConfig: child({ WarmStartType: 'TransferLearning' }).WarmStartConfig,
    }
    expect(inherited(transfer, parent)).toHaveLength(1)
  })
})
