import { sweepEvents, sweepTeller, type SweepEvent } from '../../../src/client/sweep-events'
import type { SeenTrial } from '../../../src/client/sweep-trials'
import type { SweepStatus, TrialSummary } from '../../../src/sweep/sweep-state'
import { aSweepStatus, aTrial } from './a-sweep'

function seen(changes: Partial<TrialSummary>, closedAt?: number): SeenTrial {
  const trial = aTrial(changes)
  return { trial, closedAt: closedAt ?? null, told: true }
}

const running = (number: number): SeenTrial => seen({ number, state: 'running', score: null })

const counts = (started: number, completed = 0, failed = 0, stopped = 0) => ({
  started,
  completed,
  failed,
  stopped,
})

/** Events as short words. */
function words(events: Iterable<SweepEvent>): string[] {
  return [...events].map((event) => {
    switch (event.type) {
      case 'stage':
        return `stage ${event.stage}`
      case 'trialStarted':
        return `started ${event.number}`
      case 'trialEnded':
        return `${event.trial.state} ${event.trial.number}`
      case 'best':
        return `best ${event.trial.number}`
      case 'ended':
        return `ended ${event.state}`
      default:
        return event.type
    }
  })
}

const look = (status: Partial<SweepStatus>, trials: SeenTrial[] = []) => ({
  status: aSweepStatus(status),
  trials,
  final: false,
})

test('many ends between two looks are each told once, in the order in which they came', () => {
  const teller = sweepTeller()
  const first = look({ counts: counts(2), paused: false }, [running(1), running(2)])
  expect(words(teller.tell(first))).toEqual([
    'stage prepare',
    'stage trials',
    'started 1',
    'started 2',
  ])
  const second = look({ counts: counts(5, 3, 1) }, [
    seen({ number: 1, score: 0.7 }, 300),
    seen({ number: 2, score: 0.8 }, 100),
    seen({ number: 3, score: 0.9 }, 400),
    seen({ number: 4, state: 'failed', score: null }, 200),
    running(5),
  ])
  const told = words(teller.tell(second))
  expect(told).toEqual([
    'completed 2',
    'best 2',
    'started 4',
    'failed 4',
    'completed 1',
    'started 3',
    'completed 3',
    'best 3',
    'started 5',
  ])
  expect(words(teller.tell(second))).toEqual([])
})

test('the smallest score is the best when the goal is to minimize', () => {
  const metric = { name: 'eval_loss', goal: 'minimize' as const }
  const trials = [
    seen({ number: 1, score: 0.7 }, 1),
    seen({ number: 2, score: 0.9 }, 2),
    seen({ number: 3, score: 0.2 }, 3),
  ]
  const told = words(sweepTeller().tell(look({ metric, counts: counts(3, 3) }, trials)))
  expect(told.filter((word) => word.startsWith('best'))).toEqual(['best 1', 'best 3'])
})

test('trials are asked for only when the sweep knows of more than was told', () => {
  const teller = sweepTeller()
  const status = aSweepStatus({ counts: counts(2, 1) })
  expect(teller.lacks(status)).toBe(true)
  words(teller.tell({ status, trials: [seen({ number: 1 }, 1), running(2)], final: false }))
  expect(teller.lacks(status)).toBe(false)
  expect(teller.lacks({ ...status, counts: counts(2, 2) })).toBe(true)
})

test('the end waits for trials that are not listed yet, but not for ever', () => {
  const teller = sweepTeller()
  const status = { state: 'completed', stage: 'best', counts: counts(2, 2) } as const
  const late = look(status, [seen({ number: 1 }, 1), running(2)])
  expect(words(teller.tell(late))).not.toContain('ended completed')
  expect(teller.hasEnded()).toBe(false)
  expect(words(teller.tell({ ...late, final: true }))).toEqual(['stage best', 'ended completed'])
  expect(teller.hasEnded()).toBe(true)
})

test('pausing and resuming are told, and publishing before the end', () => {
  const teller = sweepTeller()
  const quiet = counts(0)
  words(teller.tell(look({ counts: quiet })))
  expect(words(teller.tell(look({ counts: quiet, paused: true })))).toEqual(['paused'])
  expect(words(teller.tell(look({ counts: quiet, paused: true })))).toEqual([])
  expect(words(teller.tell(look({ counts: quiet })))).toEqual(['resumed'])
  const published = { modelPackageArn: 'arn', version: 3, artifactUri: 's3://b/k', sha256: 'aa' }
  const last = look({ counts: quiet, stage: 'best', state: 'completed', published })
  expect(words(teller.tell(last))).toEqual(['stage best', 'published', 'ended completed'])
})

test('a sweep that fails while it prepares has no later stage', () => {
  const failed = look({ counts: counts(0), stage: 'prepare', state: 'failed' })
  expect(words(sweepTeller().tell(failed))).toEqual(['stage prepare', 'ended failed'])
})

test('a trial that has said nothing yet is told when it has', () => {
  const teller = sweepTeller()
  const status = { counts: counts(1) }
  const before = { ...running(1), told: false }
  expect(words(teller.tell(look(status, [before])))).toEqual(['stage prepare', 'stage trials'])
  expect(words(teller.tell(look(status, [running(1)])))).toEqual(['started 1'])
})

test('whoever comes late is told everything, with one look at the trials', async () => {
  const ended = Array.from({ length: 1_000 }, (_, index) =>
    seen({ number: index + 1, score: index / 1_000 }, index),
  )
  let lists = 0
  const events: SweepEvent[] = []
  for await (const event of sweepEvents({
    readStatus: async () =>
      aSweepStatus({ state: 'completed', stage: 'best', counts: counts(1_000, 1_000) }),
    readTrials: async () => {
      lists += 1
      return ended
    },
  }))
    events.push(event)
  expect(events.filter(({ type }) => type === 'trialEnded')).toHaveLength(1_000)
  expect(events.at(-1)).toEqual({ type: 'ended', state: 'completed', error: null })
  expect(lists).toBe(1)
})
