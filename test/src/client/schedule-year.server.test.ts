import { scheduleIdOf } from '../../../src/nightly-state'
import { planFirings } from '../../../src/schedule/plan-firings'
import { scheduled, startSchedulePlatform } from './schedule-platform'

jest.setTimeout(180_000)

let started: Awaited<ReturnType<typeof startSchedulePlatform>>

beforeAll(async () => {
  started = await startSchedulePlatform()
})

afterAll(() => started?.stop())

describe('over 365 days, at 02:30 and every hour', () => {
  const from = Date.UTC(2026, 0, 1)
  const to = Date.UTC(2027, 0, 1)

  /** Every moment of the year at which the local clock shows what the cron line asks for. */
  function expected(timezone: string, hour: number | null, minute: number): string[] {
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, timeStyle: 'short' })
    const moments: string[] = []
    for (let at = from; at < to; at += 30 * 60_000) {
      const [hours, minutes] = clock.format(at).split(':').map(Number)
      if (minutes === minute && (hour === null || hours === hour))
        moments.push(new Date(at).toISOString())
    }
    return moments
  }

  async function fireTimes(name: string): Promise<string[]> {
    const times: string[] = []
    for (let start = from / 1000 - 1; ;) {
      const page = await started.temporal.workflowService.listScheduleMatchingTimes({
        namespace: 'default',
        scheduleId: scheduleIdOf(name),
        startTime: { seconds: start as never, nanos: 0 },
        endTime: { seconds: (to / 1000 - 1) as never, nanos: 0 },
      })
      const seconds = page.startTime.map((time) => Number(time.seconds))
      times.push(...seconds.map((each) => new Date(each * 1000).toISOString()))
      start = seconds.at(-1) ?? to / 1000
      if (seconds.length < 1000) return times
    }
  }

  const without = (all: string[], some: string[]) => all.filter((each) => !some.includes(each))

  /** Where Temporal's server (1.32) differs from "each time that the local clock shows it". */
  const cases = [
    // 8 March has no 02:30; 1 November has one.
    { timezone: 'America/New_York', cron: '30 2 * * *', count: 364, missing: [], more: [] },
    { timezone: 'America/New_York', cron: '0 * * * *', count: 8760, missing: [], more: [] },
    // 29 March has no 02:30. Of the two of 25 October, and of its two 02:00, one fires.
    {
      timezone: 'Europe/Berlin',
      cron: '30 2 * * *',
      count: 364,
      missing: ['2026-10-25T00:30:00.000Z'],
      more: [],
    },
    {
      timezone: 'Europe/Berlin',
      cron: '0 * * * *',
      count: 8759,
      missing: ['2026-10-25T01:00:00.000Z'],
      more: [],
    },
    // The clock moves by half an hour; at both changes the hourly line fires half an hour off, too.
    { timezone: 'Australia/Lord_Howe', cron: '30 2 * * *', count: 365, missing: [], more: [] },
    {
      timezone: 'Australia/Lord_Howe',
      cron: '0 * * * *',
      count: 8761,
      missing: [],
      more: ['2026-04-04T15:00:00.000Z', '2026-10-03T15:30:00.000Z'],
    },
  ]

  test.each(cases)(
    '$timezone $cron fires as its clock shows, but for the hours in which it is put back',
    async ({ timezone, cron, count, missing, more }) => {
      await started.client.schedule.apply(scheduled('year', { cron: [cron], timezone }))
      const [minute, hour] = cron.split(' ')
      const clock = expected(timezone, hour === '*' ? null : Number(hour), Number(minute))
      const fired = await fireTimes('year')
      expect(fired).toHaveLength(count)
      expect(without(clock, fired)).toEqual(missing)
      expect(without(fired, clock)).toEqual(more)
      const planned = planFirings({
        cron: [cron],
        timezone,
        from: new Date(from - 1),
        count: clock.length,
      })
      expect(planned.map((each) => each.toISOString())).toEqual(clock)
    },
  )
})
