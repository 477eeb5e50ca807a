import fc from 'fast-check'

import { attemptsPerPlacement, type JobSnapshot } from '../../src/job'
import {
  afterAttempt,
  afterPause,
  billedBeyond,
  billedSecondsOf,
  costOf,
  followUps,
  limitsOf,
  mostJitter,
  nextStep,
  noProgress,
  settledUsd,
  stallsAllowed,
  type AttemptEnding,
  type TrainingLimits,
  type TrainingProgress,
  type TrainingStep,
} from '../../src/training-ladder'
import { pipeline } from './plan/pipeline'

const hour = 3600

function limits(changes: Partial<TrainingLimits> = {}): TrainingLimits {
  return {
    placements: [
      { instanceType: 'ml.g5.xlarge', useSpotInstances: true, usdPerHour: 1 },
      { instanceType: 'ml.g5.2xlarge', useSpotInstances: false, usdPerHour: 2 },
    ],
    maxRun: hour,
    maxWait: 2 * hour,
    deadline: null,
    maxUsd: null,
    patience: 24 * hour,
    ...changes,
  }
}

interface Told {
  limits?: TrainingLimits
  progress?: Partial<TrainingProgress>
  elapsed?: number
}

function step({ limits: of = limits(), progress = {}, elapsed = 0 }: Told = {}): TrainingStep {
  return nextStep({ limits: of, progress: { ...noProgress(of), ...progress }, elapsed })
}

/** One attempt after the other, each ending as told; where the ladder stands after that. */
function after(
  endings: [ending: AttemptEnding, billedSeconds?: number][],
  of = limits(),
): TrainingStep {
  let progress = noProgress(of)
  for (const [ending, billedSeconds = 0] of endings) {
    const next = nextStep({ limits: of, progress, elapsed: 0 })
    if (next.do === 'pause') progress = afterPause(progress)
    const now = next.do === 'pause' ? nextStep({ limits: of, progress, elapsed: 0 }) : next
    if (now.do !== 'attempt') return now
    const { usdPerHour = null } = of.placements[now.index] ?? {}
    const { reservedUsd } = now
    const costUsd = settledUsd({ usdPerHour, billedSeconds, reservedUsd })
    progress = afterAttempt({ progress, index: now.index, ending, billedSeconds, costUsd })
  }
  return nextStep({ limits: of, progress, elapsed: 0 })
}

const onSpot = { do: 'attempt', index: 0 }
const onDemand = { do: 'attempt', index: 1 }

test.each<[string, Parameters<typeof after>[0], object]>([
  ['begins with the first placement', [], onSpot],
  ['goes to the next placement without capacity', [['capacity']], onDemand],
  ['goes to the next placement without quota', [['noQuota']], onDemand],
  [
    'pauses when no placement had a machine',
    [['capacity'], ['noQuota']],
    { do: 'pause', seconds: 60 },
  ],
  [
    'begins again with the first placement after a pause',
    [['capacity'], ['capacity'], ['capacity']],
    onDemand,
  ],
  ['stays where a machine failed', [['infrastructure', 5]], onSpot],
  [
    'leaves a placement that failed three times',
    [['infrastructure'], ['infrastructure'], ['infrastructure']],
    onDemand,
  ],
  ['stays where a script stood still', [['stalled', 5]], onSpot],
  [
    'gives up on a script that stands still again',
    [
      ['stalled', 5],
      ['stalled', 5],
    ],
    { code: 'E_STALLED' },
  ],
  [
    'does not forget a stall at another placement',
    [['stalled', 5], ['capacity'], ['stalled', 5]],
    { code: 'E_STALLED' },
  ],
])('a training %s', (_, endings, expected) => {
  expect(after(endings)).toMatchObject(expected)
})

test('a service that fails on every placement is named, and a lack of capacity too', () => {
  const failures = Array<[AttemptEnding]>(2 * attemptsPerPlacement).fill(['infrastructure'])
  expect(after(failures)).toMatchObject({ do: 'give up', code: 'E_INFRASTRUCTURE' })
  // Spot that is taken away for good after it was paid for is not bought for ever.
  const takenAway = Array<[AttemptEnding, number]>(2 * attemptsPerPlacement).fill(['capacity', 60])
  expect(after(takenAway)).toMatchObject({ do: 'give up', code: 'E_CAPACITY_EXHAUSTED' })
})

test('pauses grow from one to thirty minutes', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 500].map((round) => step({ progress: { at: 2, round } }))
  expect(pauses.map((pause) => pause.do === 'pause' && pause.seconds / 60)).toEqual([
    1, 2, 4, 8, 16, 30, 30, 30,
  ])
})

test('without a deadline rounds go on for as long as its patience, which a trial has none of', () => {
  const progress = { at: 2 }
  expect(step({ progress, elapsed: 24 * hour - 1 })).toMatchObject({ do: 'pause' })
  expect(step({ progress, elapsed: 24 * hour })).toMatchObject({ code: 'E_CAPACITY_EXHAUSTED' })
  expect(limitsOf({ pipeline }).patience).toBe(24 * hour)
  const impatient = limitsOf({ pipeline, patience: 0 })
  expect(step({ limits: impatient, progress })).toMatchObject({ code: 'E_CAPACITY_EXHAUSTED' })
})

describe('the deadline of a training', () => {
  const dated = limits({ deadline: 3 * hour })

  test('cuts an attempt to what it leaves, less ten minutes to start and to upload', () => {
    expect(step({ limits: dated })).toMatchObject({ maxRun: hour, maxWait: 2 * hour, isCut: false })
    expect(step({ limits: dated, elapsed: 1.5 * hour })).toMatchObject({
      maxRun: hour,
      maxWait: 1.5 * hour - 600,
      isCut: true,
    })
    expect(step({ limits: dated, elapsed: 2.5 * hour })).toMatchObject({
      maxRun: 1200,
      maxWait: 1200,
    })
  })

  test('lets no attempt start that has less than a minute', () => {
    const last = 3 * hour - 600 - 60
    expect(step({ limits: dated, elapsed: last })).toMatchObject({ do: 'attempt', maxRun: 60 })
    expect(step({ limits: dated, elapsed: last + 1 })).toMatchObject({ code: 'E_DEADLINE' })
  })

  test('replaces the patience of a day, and shortens the last pause', () => {
    const long = limits({ deadline: 72 * hour })
    const progress = { at: 2, round: 9 }
    expect(step({ limits: long, progress, elapsed: 48 * hour })).toEqual({
      do: 'pause',
      seconds: 1800,
    })
    const near = step({ limits: long, progress, elapsed: 72 * hour - 600 - 60 - 1200 })
    expect(near).toEqual({ do: 'pause', seconds: 1200 / mostJitter })
    const over = step({ limits: long, progress, elapsed: 72 * hour - 600 - 60 - 60 })
    expect(over).toMatchObject({ code: 'E_CAPACITY_EXHAUSTED' })
  })
})

describe('a budget in dollars', () => {
  test('skips what does not fit and names its figures when nothing does', () => {
    const dear = (of: number) =>
      limits({
        maxUsd: of,
        placements: [
          { instanceType: 'ml.p4d.24xlarge', useSpotInstances: true, usdPerHour: 30 },
          { instanceType: 'ml.g5.xlarge', useSpotInstances: false, usdPerHour: 1.5 },
        ],
      })
    expect(step({ limits: dear(40) })).toMatchObject(onSpot)
    expect(step({ limits: dear(20) })).toMatchObject(onDemand)
    const message =
      'no attempt fits into train.maxUsd: 0.50 of 2.00 USD are spent, and one on ml.g5.xlarge may cost 1.75 USD (1h and 10m to stop and upload, at the on-demand price)'
    expect(step({ limits: dear(2), progress: { spentUsd: 0.5 } })).toMatchObject({
      code: 'E_BUDGET_EXHAUSTED',
      message,
    })
  })

  test('needs every price before anything is spent', () => {
    const placements = [
      ...limits().placements,
      { instanceType: 'ml.p5.48xlarge', useSpotInstances: false, usdPerHour: null },
    ]
    const blind = step({ limits: limits({ maxUsd: 100, placements }) })
    expect(blind).toMatchObject({
      code: 'E_NO_PRICE',
      message: expect.stringContaining('ml.p5.48xlarge') as string,
    })
    expect(step({ limits: limits({ placements }) })).toMatchObject(onSpot)
  })

  test('reckons with all instances, at the price of training', () => {
    const price = { region: 'us-east-1', source: 's', readAt: '2026-11-28' }
    const train = {
      ...pipeline.train,
      instanceCount: 4,
      prices: [
        { ...price, instanceType: 'ml.g5.xlarge', use: 'training' as const, usdPerHour: 1.5 },
      ],
    }
    const [spot, other] = limitsOf({ pipeline: { ...pipeline, train } }).placements
    expect(spot?.usdPerHour).toBe(6)
    expect(other?.usdPerHour).toBeNull()
  })

  test('counts a job without times as if it had cost all that was reserved, unless it had no machine', () => {
    const job: JobSnapshot = {
      jobName: 'a1',
      kind: 'training',
      status: 'Failed',
      secondaryStatus: 'Failed',
      interruptions: 0,
    }
    expect(billedSecondsOf(job, 'infrastructure')).toBeNull()
    expect(billedSecondsOf(job, 'capacity')).toBe(0)
    expect(billedSecondsOf({ ...job, trainingSeconds: 9 }, 'stopped')).toBe(9)
    expect(billedSecondsOf({ ...job, trainingSeconds: 9, billableSeconds: 3 }, 'stopped')).toBe(3)
    expect(settledUsd({ usdPerHour: 2, billedSeconds: null, reservedUsd: 5 })).toBe(5)
    expect(settledUsd({ usdPerHour: 2, billedSeconds: 1800, reservedUsd: 5 })).toBe(1)
    expect(settledUsd({ usdPerHour: null, billedSeconds: 1800, reservedUsd: null })).toBeNull()
  })
})

// fast-check prints the seed of a run that fails.
test('whatever happens a training ends, spends no more than its cap, and starts nothing too late', () => {
  const placement = fc.record({
    instanceType: fc.constantFrom('ml.g5.xlarge', 'ml.g5.2xlarge', 'ml.p4d.24xlarge'),
    useSpotInstances: fc.boolean(),
    usdPerHour: fc.double({ min: 0.01, max: 50, noNaN: true }),
  })
  const lengths = fc.record({
    maxRun: fc.integer({ min: 1, max: 100_000 }),
    more: fc.integer({ min: 0, max: 100_000 }),
    deadline: fc.option(fc.integer({ min: 120, max: 1_000_000 })),
    maxUsd: fc.double({ min: 0.01, max: 500, noNaN: true }),
  })
  const fate = fc.record({
    ending: fc.constantFrom(...(Object.keys(followUps) as AttemptEnding[])),
    /** Of the longest that it may be billed; null: the service does not say. */
    billed: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    took: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  fc.assert(
    fc.property(
      fc.array(placement, { minLength: 1, maxLength: 5 }),
      lengths,
      fc.infiniteStream(fate),
      (placements, { maxRun, more, deadline, maxUsd }, fates) => {
        const of = limits({ placements, maxRun, maxWait: maxRun + more, deadline, maxUsd })
        let progress = noProgress(of)
        let elapsed = 0
        let really = 0
        let stalls = 0
        for (let steps = 0; ; steps++) {
          expect(steps).toBeLessThan(2_000)
          const next = nextStep({ limits: of, progress, elapsed })
          if (next.do === 'give up') return
          if (next.do === 'pause') {
            expect(next.seconds).toBeGreaterThanOrEqual(60)
            elapsed += next.seconds * mostJitter
            progress = afterPause(progress)
            continue
          }
          if (deadline !== null) {
            expect(elapsed + next.maxRun).toBeLessThan(deadline)
            expect(elapsed + next.maxWait).toBeLessThan(deadline)
          }
          expect(next.maxRun).toBeLessThanOrEqual(next.maxWait)
          const { ending, billed, took } = fates.next().value as {
            ending: AttemptEnding
            billed: number | null
            took: number
          }
          const { usdPerHour = null } = of.placements[next.index] ?? {}
          const none = ending === 'noQuota'
          const seconds = none ? 0 : (billed ?? 1) * (next.maxRun + billedBeyond)
          really += costOf({ usdPerHour: usdPerHour ?? 0, seconds })
          expect(really).toBeLessThanOrEqual(maxUsd)
          if (ending === 'stalled') expect(++stalls).toBeLessThanOrEqual(stallsAllowed + 1)
          const billedSeconds = billed === null && !none ? null : seconds
          const costUsd = settledUsd({ usdPerHour, billedSeconds, reservedUsd: next.reservedUsd })
          progress = afterAttempt({ progress, index: next.index, ending, billedSeconds, costUsd })
          elapsed += took * next.maxWait
          if (followUps[ending] === 'done' || followUps[ending] === 'give up') return
        }
      },
    ),
    { numRuns: 500 },
  )
})
