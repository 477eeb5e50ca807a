import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { runCli } from '../../../src/cli/run-cli'
import { startPlatform, type Platform } from '../../../src/local/platform'
import { demo, makeProject } from '../config/helpers'
import { waitFor } from '../../e2e/support/wait-for'
import { aCli } from './a-cli'

jest.setTimeout(300_000)

const project = makeProject()
const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-schedule-cli-'))
const schedule = 'schedule: { cron: "30 2 * * *", timezone: Europe/Berlin, jitter: 0s }\n'
const file = project.write('pipeline.yaml', `${demo}${schedule}`)
let platform: Platform

beforeAll(async () => {
  platform = await startPlatform({ dataDir, services: ['temporal'], temporalUi: false })
})

afterAll(async () => {
  await platform.stop()
  project.remove()
  rmSync(dataDir, { recursive: true, force: true })
})

async function holdfast(...args: string[]) {
  const { PATH, HOME } = process.env
  const cli = aCli({ env: { ...(PATH ? { PATH } : {}), ...(HOME ? { HOME } : {}) } })
  await runCli(cli, ['--data-dir', dataDir, 'schedule', ...args])
  return { code: cli.exitCode, out: cli.out(), err: cli.err() }
}

const json = async (...args: string[]) =>
  JSON.parse((await holdfast(...args, '--json')).out) as unknown

test('a schedule is applied, looked at, paused, fired, made up for and deleted by commands', async () => {
  const dry = await holdfast('apply', '-f', file, '--dry-run')
  expect(dry).toMatchObject({ code: 0 })
  expect(dry.out).toContain('The schedule of reviews would be created.')
  expect((await holdfast('ls')).out).toContain('No schedules yet.')

  const applied = await holdfast('apply', '-f', file)
  expect(applied.out).toContain('The schedule of reviews is created.')
  // Temporal's list of schedules comes a moment after a change.
  await waitFor(async () => (await holdfast('ls')).out.includes('reviews'), {
    what: 'schedule in the list',
    deadline: 30,
  })
  expect(applied.out.match(/02:30:00 Europe\/Berlin {2}/g)).toHaveLength(5)
  expect(await json('apply', '-f', file)).toMatchObject({ action: 'unchanged', changes: [] })

  const changed = project.write('changed.yaml', `${demo}${schedule.replace('30 2', '45 2')}`)
  const updated = await holdfast('apply', '-f', changed, '--yes')
  expect(updated.out).toContain('cron  ["30 2 * * *"]  →  ["45 2 * * *"]')

  expect(await holdfast('pause', 'reviews', '--reason', 'holidays')).toMatchObject({ code: 0 })
  const shown = await holdfast('show')
  expect(shown.out).toContain('reviews  paused  (holidays)')
  expect(await json('resume', 'reviews')).toMatchObject({ name: 'reviews', paused: false })

  const triggered = await holdfast('trigger', 'reviews')
  expect(triggered.out).toMatch(/^nightly\/reviews-\d{4}-/)
  expect(triggered.err).toContain('No worker is running')
  expect(await json('trigger', 'reviews')).toEqual({ outcome: 'skipped', workflow: null })
  expect(await json('show', 'reviews')).toMatchObject({
    counts: { fired: 1, skippedByOverlap: 1 },
    running: [triggered.out.trim()],
  })

  const range = ['--from', '2026-03-01', '--to', '2026-03-02']
  const made = await holdfast('backfill', 'reviews', ...range)
  expect(made.out).toBe(
    '2 firings, one after the other, from 2026-03-01 02:45:00 Europe/Berlin to 2026-03-02 02:45:00 Europe/Berlin.\n',
  )
  expect((await holdfast('ls')).out).toMatch(/reviews +45 2 \* \* \* +Europe\/Berlin/)
  const gone = await holdfast('delete', 'reviews', '--yes')
  expect(gone.err).toContain(`${triggered.out.trim()} still runs.`)
  await waitFor(async () => (await holdfast('ls')).out.includes('No schedules yet.'), {
    what: 'end of the schedule in the list',
    deadline: 30,
  })
})

const plain = project.write('plain.yaml', demo)
const never = project.write('never.yaml', `${demo}schedule: { cron: 0 2 30 2 * }\n`)

test.each([
  ['a name that no schedule has', ['pause', 'nobody'], 'E_SCHEDULE_NOT_FOUND'],
  ['the only schedule where there is none', ['show'], 'E_SCHEDULE_NOT_FOUND'],
  ['a pipeline without schedule', ['apply', '-f', plain], 'E_NO_SCHEDULE'],
  ['a schedule that never fires', ['apply', '-f', never], 'E_CONFIG'],
])('%s ends with code 2', async (_, args, code) => {
  const ended = await holdfast(...args)
  expect(ended.code).toBe(2)
  expect(ended.err).toContain(code)
})

test('a range that makes no sense starts nothing', async () => {
  await holdfast('apply', '-f', file)
  for (const [from, to, code] of [
    ['2026-03-05', '2026-03-01', 'E_BACKFILL'],
    ['yesterday', 'today', 'E_TIME'],
  ] as const) {
    const ended = await holdfast('backfill', 'reviews', '--from', from, '--to', to)
    expect(ended.code).toBe(2)
    expect(ended.err).toContain(code)
  }
  expect(await json('show', 'reviews')).toMatchObject({ counts: { fired: 0 } })
})
