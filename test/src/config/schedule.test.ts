import { loadPipeline } from '../../../src/config/load-pipeline'
import { idOf } from '../../../src/client/id-of'
import { demo, faultsOf, makeProject } from './helpers'

const project = makeProject()
afterAll(project.remove)

const withSchedule = (text: string, base = demo) =>
  project.write('pipeline.yaml', `${base}schedule:\n${text.replace(/^/gm, '  ')}\n`)
const load = async (text: string, base = demo) =>
  loadPipeline({ path: withSchedule(text, base), env: {} })

test('a schedule has every policy, by default or as written', async () => {
  expect((await load('cron: "0  2 * * *"')).schedule).toEqual({
    cron: ['0 2 * * *'],
    timezone: 'UTC',
    jitter: 0,
    overlap: 'skip',
    catchupWindow: 12 * 3600,
    pauseOnFailure: false,
  })
  const all = [
    'cron: ["30 2 * * MON-FRI", "0 6 1-7 * sun"]',
    'timezone: Europe/Berlin',
    'jitter: 10m',
    'overlap: bufferOne',
    'catchupWindow: 2h',
    'pauseOnFailure: true',
  ]
  expect((await load(all.join('\n'))).schedule).toEqual({
    cron: ['30 2 * * MON-FRI', '0 6 1-7 * sun'],
    timezone: 'Europe/Berlin',
    jitter: 600,
    overlap: 'bufferOne',
    catchupWindow: 7200,
    pauseOnFailure: true,
  })
})

test('a schedule is no part of the pipeline: the id of a run does not depend on it', async () => {
  const plain = await loadPipeline({ path: project.write('plain.yaml', demo), env: {} })
  expect(plain.schedule).toBeNull()
  const scheduled = await load('cron: "0 2 * * *"')
  expect(scheduled.pipeline).toEqual(plain.pipeline)
  expect(idOf(scheduled.pipeline)).toBe(idOf(plain.pipeline))
})

/** Below line 18, `schedule:`; the fault as `line:column path: message`, and a part of the hint. */
const faults: [about: string, text: string, fault: string, hint?: string][] = [
  ['no cron', 'timezone: UTC', '18:1 schedule.cron: required, but missing'],
  [
    'an unknown key',
    'cron: 0 2 * * *\noverlaps: skip',
    '20:3 schedule.overlaps: unknown key',
    'did you mean "overlap"?',
  ],
  ['a number', 'cron: 5', '19:9 schedule.cron: a cron line is text, not the number 5', '0 2 * * *'],
  ['a number among lines', 'cron: [0 2 * * *, 5]', '19:9 schedule.cron: line 2 is not text'],
  ['an empty line', 'cron: ""', '19:9 schedule.cron: must not be empty'],
  ['a blank line', 'cron: "  "', '19:9 schedule.cron: must not be empty', 'minute, hour'],
  [
    'too many lines',
    `cron: [${Array.from({ length: 21 }, (_, minute) => `${minute} 2 * * *`).join(', ')}]`,
    '19:9 schedule.cron: 21 lines; at most 20',
  ],
  ['no line at all', 'cron: []', '19:9 schedule.cron: needs at least one line'],
  [
    'four fields',
    'cron: 0 2 * *',
    '19:9 schedule.cron: 4 fields instead of five',
    'minute, hour, day of the month',
  ],
  ['seconds', 'cron: 0 0 2 * * *', '19:9 schedule.cron: 6 fields instead of five', 'no seconds'],
  ['a macro', 'cron: "@daily"', '19:9 schedule.cron: "@daily" is not taken', 'write "0 0 * * *"'],
  [
    'a timezone in the line',
    'cron: TZ=UTC 0 2 * * *',
    '19:9 schedule.cron: a timezone in the cron line is not taken',
    'schedule.timezone',
  ],
  [
    'minute 60',
    'cron: 60 2 * * *',
    '19:9 schedule.cron: minute: "60" is not possible',
    'numbers from 0 to 59',
  ],
  ['hour 24', 'cron: 0 24 * * *', '19:9 schedule.cron: hour: "24" is not possible', '0 to 23'],
  [
    'day 0, in a list of lines',
    'cron:\n  - 0 2 * * *\n  - 0 2 0 * *',
    '21:7 schedule.cron[1]: day of the month: "0" is not possible',
    'numbers from 1 to 31',
  ],
  ['month 13', 'cron: 0 2 * 13 *', '19:9 schedule.cron: month: "13" is not possible', 'JAN to DEC'],
  ['day of the week 8', 'cron: 0 2 * * 8', '19:9 schedule.cron: day of the week: "8" is not'],
  ['a long name', 'cron: 0 2 * * Monday', '19:9 schedule.cron: day of the week: "Monday" is not'],
  ['L', 'cron: 0 2 L * *', '19:9 schedule.cron: day of the month: "L" is not possible', '1 to 31'],
  ['#', 'cron: "0 2 * * 1#2"', '19:9 schedule.cron: day of the week: "1#2" is not possible'],
  ['?', 'cron: 0 2 ? * *', '19:9 schedule.cron: day of the month: "?" is not', 'write *'],
  ['an empty entry', 'cron: 0 2 1, * *', '19:9 schedule.cron: day of the month: nothing is given'],
  [
    'a step of nothing',
    'cron: "*/0 * * * *"',
    '19:9 schedule.cron: minute: "0" is not a step',
    'a number from 1 to 60',
  ],
  [
    'a step without a range, which the two read differently',
    'cron: 5/20 * * * *',
    '19:9 schedule.cron: minute: a step needs * or a range, found "5/20"',
    'write "5-59/20"',
  ],
  [
    'a range backwards',
    'cron: 0 2 * * FRI-MON',
    '19:9 schedule.cron: day of the week: the range "FRI-MON" runs backwards',
    'write "FRI-SAT,SUN-MON"',
  ],
  [
    'the thirtieth of February',
    'cron: 0 2 30 2 *',
    '19:9 schedule.cron: never fires',
    'has a day 30',
  ],
  [
    'the thirty-first of short months',
    'cron: 0 2 31 4,6,9,11 *',
    '19:9 schedule.cron: never fires',
  ],
  [
    'one line twice',
    'cron: [0 2 * * *, 0  2 * * *]',
    '19:21 schedule.cron[1]: fires exactly as "0 2 * * *"',
    'remove one',
  ],
  [
    'two spellings of one line',
    'cron: [0 2 * * 0, 0 2 * * SUN]',
    '19:21 schedule.cron[1]: fires exactly as',
  ],
  [
    'a mistyped timezone',
    'cron: 0 2 * * *\ntimezone: Europe/Berlni',
    '20:13 schedule.timezone: not a timezone',
    'did you mean "Europe/Berlin"?',
  ],
  [
    'a timezone in small letters, which Temporal does not know',
    'cron: 0 2 * * *\ntimezone: europe/berlin',
    '20:13 schedule.timezone: not a timezone as Temporal writes it',
    '"Europe/Berlin"',
  ],
  [
    'an offset',
    'cron: 0 2 * * *\ntimezone: "+02:00"',
    '20:13 schedule.timezone: not a timezone',
    'IANA name',
  ],
  [
    'a jitter without unit',
    'cron: 0 2 * * *\njitter: 600',
    '20:11 schedule.jitter: a bare number is not a duration',
    '600s',
  ],
  [
    'a catch-up window that Temporal refuses',
    'cron: 0 2 * * *\ncatchupWindow: 9s',
    '20:18 schedule.catchupWindow: must be at least 10 seconds',
  ],
  [
    'a catch-up window of years',
    'cron: 0 2 * * *\ncatchupWindow: 400d',
    '20:18 schedule.catchupWindow: must be at most 365 days',
  ],
  [
    'an unknown overlap',
    'cron: 0 2 * * *\noverlap: buffer_one',
    '20:12 schedule.overlap: must be one of "skip", "bufferOne"',
    'did you mean "bufferOne"?',
  ],
]

test.each(faults)('%s is refused with its place', async (...[, text, fault, hint]) => {
  const found = await faultsOf(withSchedule(text))
  expect(found).toHaveLength(1)
  const [only] = found
  expect(`${only?.line}:${only?.column} ${only?.path}: ${only?.message}`).toContain(fault)
  if (hint !== undefined) expect(only?.hint).toContain(hint)
})

test('all faults of a schedule are reported at once', async () => {
  const found = await faultsOf(
    withSchedule('cron: [61 2 * * *, "@daily"]\ntimezone: Mars/Phobos\ncatchupWindow: 1s'),
  )
  expect(found.map(({ path }) => path)).toEqual([
    'schedule.cron[0]',
    'schedule.cron[1]',
    'schedule.timezone',
    'schedule.catchupWindow',
  ])
})

test.each(['UTC', 'Europe/Kyiv', 'Europe/Kiev', 'America/Argentina/Ushuaia', 'US/Eastern', 'EST'])(
  'the timezone %s is taken',
  async (timezone) => {
    expect((await load(`cron: 0 2 * * *\ntimezone: ${timezone}`)).schedule?.timezone).toBe(timezone)
  },
)

test('a schedule that publishes nothing, and a jitter that fills the gap, are warned of', async () => {
  const { warnings } = await load('cron: 0 2 * * *', demo.replace(/publish: .*\n/, ''))
  expect(warnings).toEqual([expect.stringContaining('trains at every firing')])
  expect((await load('cron: 0 2 * * *\njitter: 30m')).warnings).toEqual([])
  expect((await load('cron: ["0 2 * * *", "20 2 * * *"]\njitter: 30m')).warnings).toEqual([
    expect.stringContaining('schedule.jitter (30m) is not shorter than the gap'),
  ])
})

test('shares of test and validation that leave nothing to train on are refused', async () => {
  const path = project.write(
    'pipeline.yaml',
    demo.replace('test: 0.1,', 'test: 0.5, validation: 0.5,'),
  )
  expect(await faultsOf(path)).toMatchObject([
    {
      path: 'dataset.split.validation',
      message: expect.stringContaining('nothing to train on') as string,
    },
  ])
  const fine = project.write(
    'pipeline.yaml',
    demo.replace('test: 0.1,', 'test: 0.1, validation: 0.2,'),
  )
  const { pipeline } = await loadPipeline({ path: fine, env: {} })
  expect(pipeline.dataset?.split).toEqual({ test: 0.1, seed: 7, validation: 0.2 })
})
