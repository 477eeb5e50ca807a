import { colorsFor } from '../../../src/cli/colors'
import {
  formatApplied,
  formatBackfill,
  formatSchedule,
  formatSchedules,
  formatTriggered,
} from '../../../src/cli/format-schedule'
import type { AppliedSchedule, Night, ScheduleStatus } from '../../../src/client'

const colors = colorsFor({}, {})

function anApplied(changes: Partial<AppliedSchedule> = {}): AppliedSchedule {
  const next = ['2026-11-25T01:30:00.000Z', '2026-11-26T01:30:00.000Z']
  return { name: 'reviews', action: 'created', changes: [], paused: false, next, ...changes }
}

function aNight(changes: Partial<Night> = {}): Night {
  return {
    id: 'nightly/reviews-2026-11-24T01:30:00Z',
    startedAt: '2026-11-24T01:30:04.000Z',
    endedAt: '2026-11-24T01:45:00.000Z',
    outcome: 'completed',
    reason: 'the data changed',
    run: 'reviews-20261124t013000',
    version: 4,
    error: null,
    ...changes,
  }
}

function aSchedule(changes: Partial<ScheduleStatus> = {}): ScheduleStatus {
  return {
    name: 'reviews',
    id: 'nightly/reviews',
    cron: ['30 2 * * *', '0 14 * * SUN'],
    timezone: 'Europe/Berlin',
    jitter: 600,
    overlap: 'skip',
    catchupWindow: 43_200,
    pauseOnFailure: false,
    paused: false,
    note: null,
    next: anApplied().next,
    counts: { fired: 7, skippedByOverlap: 1, missedCatchup: 2 },
    running: [],
    nights: [
      aNight(),
      aNight({
        outcome: 'skipped',
        reason: 'nothing changed since reviews-20261123t013000 published version 3 on 2026-11-23',
        run: null,
        version: null,
      }),
    ],
    ...changes,
  }
}

const applied = (changes: Partial<AppliedSchedule>, options: { zone?: string; dryRun?: boolean }) =>
  formatApplied({
    applied: anApplied(changes),
    zone: options.zone ?? 'Europe/Berlin',
    dryRun: options.dryRun ?? false,
    colors,
  })

test('apply says what it did, and when it fires, in the local time and UTC', () => {
  expect(applied({}, {})).toEqual([
    'The schedule of reviews is created.',
    'NEXT FIRINGS',
    '  2026-11-25 02:30:00 Europe/Berlin  2026-11-25 01:30:00Z',
    '  2026-11-26 02:30:00 Europe/Berlin  2026-11-26 01:30:00Z',
  ])
  expect(applied({ action: 'unchanged' }, { zone: 'UTC' }).slice(0, 3)).toEqual([
    'The schedule of reviews is unchanged.',
    'NEXT FIRINGS',
    '  2026-11-25 01:30:00Z',
  ])
})

test('a dry run says what would change, each on a line of its own', () => {
  const changes = [
    { what: 'cron', before: '["0 2 * * *"]', after: '["30 2 * * *"]' },
    { what: 'train.tags', before: null, after: '{"team":"nlp\u001b[31m"}' },
  ]
  expect(
    applied({ action: 'updated', changes, paused: true }, { dryRun: true }).slice(0, 4),
  ).toEqual([
    'The schedule of reviews would be updated.',
    '  cron        ["0 2 * * *"]  →  ["30 2 * * *"]',
    '  train.tags  (none)         →  {"team":"nlp"}',
    'NEXT FIRINGS, once it is resumed',
  ])
})

test('show tells the rules, the counts and the nights', () => {
  expect(formatSchedule(aSchedule(), colors)).toEqual([
    'reviews  active',
    '  cron        30 2 * * * Europe/Berlin',
    '              0 14 * * SUN Europe/Berlin',
    '  jitter      up to 10m',
    '  overlap     skip: skip the later one',
    '  catch-up    firings missed by up to 12h',
    '  on failure  go on',
    '  so far      7 fired, 1 skipped by overlap, 2 missed',
    'NEXT FIRINGS',
    '  2026-11-25 02:30:00 Europe/Berlin  2026-11-25 01:30:00Z',
    '  2026-11-26 02:30:00 Europe/Berlin  2026-11-26 01:30:00Z',
    'NIGHTS',
    '  11-24 02:30  completed  version 4  reviews-20261124t013000',
    '    the data changed',
    '  11-24 02:30  skipped',
    '    nothing changed since reviews-20261123t013000 published version 3 on 2026-11-23',
  ])
})

test('show tells why it is paused, what runs, and how a night failed', () => {
  const error = { code: 'E_TRAINING_FAILED', message: 'the script failed\nwith a long story' }
  const status = aSchedule({
    paused: true,
    note: 'labels are being mended',
    running: ['nightly/reviews-2026-11-24T01:30:00Z'],
    nights: [aNight({ outcome: 'failed', version: null, error })],
  })
  const lines = formatSchedule(status, colors)
  expect(lines[0]).toBe('reviews  paused  (labels are being mended)')
  expect(lines).toContain('  nightly/reviews-2026-11-24T01:30:00Z')
  expect(lines.at(-1)).toContain('E_TRAINING_FAILED: the script failed with a long story')
  expect(formatSchedule(aSchedule({ nights: [] }), colors).at(-1)).toBe('  none yet')
})

test('ls has a line for each schedule', () => {
  expect(formatSchedules([], colors)[0]).toContain('holdfast schedule apply')
  const lines = formatSchedules(
    [
      aSchedule(),
      aSchedule({ name: 'tiny', cron: ['0 0 * * *'], timezone: 'UTC', paused: true, nights: [] }),
    ],
    colors,
  )
  expect(lines).toEqual([
    'PIPELINE  CRON            TIMEZONE       NEXT         LAST         OUTCOME',
    'reviews   30 2 * * *, +1  Europe/Berlin  11-25 02:30  11-24 02:30  completed',
    'tiny      0 0 * * *       UTC            paused       -            -',
  ])
})

test('what became of a trigger and of a backfill is said in a sentence', () => {
  const triggered = (outcome: 'started' | 'skipped' | 'buffered' | 'asked') =>
    formatTriggered({ outcome, workflow: null }, 'reviews')
  expect(triggered('skipped')).toBe(
    'Skipped, because the one before still runs: holdfast schedule show reviews',
  )
  for (const outcome of ['started', 'buffered', 'asked'] as const)
    expect(triggered(outcome)).toContain('holdfast schedule show reviews')
  const [first, last] = anApplied().next as [string, string]
  expect(formatBackfill({ firings: 2, first, last }, 'Europe/Berlin')).toBe(
    '2 firings, one after the other, from 2026-11-25 02:30:00 Europe/Berlin to 2026-11-26 02:30:00 Europe/Berlin.',
  )
  expect(formatBackfill({ firings: 1, first, last: first }, 'UTC')).toBe(
    '1 firing, of 2026-11-25 01:30:00 UTC.',
  )
})
