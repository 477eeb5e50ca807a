import { readCalls, readJobEnds, readWaits } from '../../bench/audit-waiting'
import { startWaitingFleet, type WaitingFleet } from '../../bench/waiting-fleet'
import { waitFor } from './support/wait-for'

/** Above what two workers may Describe at each look, so that they list. */
const jobs = 60
const describeRate = 4

let fleet: WaitingFleet | undefined
afterEach(async () => {
  await fleet?.stop()
  fleet = undefined
}, 240_000)

async function untilEnded(started: WaitingFleet, ids: string[]): Promise<void> {
  const query = `WorkflowType = 'training' AND ExecutionStatus != 'Running'`
  await waitFor(async () => (await started.temporal.workflow.count(query)).count >= ids.length, {
    what: 'end of all trainings',
    deadline: 500,
    every: 1,
  })
}

const durations = Array.from({ length: jobs }, (_, index) => 25 + (index % 20))

test(`two workers wait for ${jobs} jobs by lists, one is killed, and no end is lost`, async () => {
  fleet = await startWaitingFleet({ workers: 2, signal: false, pollSeconds: 3, describeRate })
  const began = Date.now()
  const ids = await fleet.start({ name: 'polled', durations })
  const created = () =>
    readCalls({ requestLog: fleet?.requestLog ?? '', from: began, to: Infinity }).filter(
      ({ operation, code }) => operation === 'CreateTrainingJob' && code === 'OK',
    )
  await waitFor(() => created().length === jobs, { what: 'creation of all jobs', deadline: 240 })
  const from = Date.now() + 3_000
  await fleet.killWorker(0)
  await untilEnded(fleet, ids)
  const { waits, lost } = await readWaits({ temporal: fleet.temporal, workflowIds: ids })
  expect(lost).toEqual([])
  expect(waits).toHaveLength(jobs)
  expect(waits.every(({ wakeUps }) => wakeUps === 0)).toBe(true)
  // Besides these: a workflow task that times out, as the killed worker's do, is given again.
  expect(waits.filter(({ events, timedOut }) => events - timedOut !== 6)).toEqual([])
  // Nothing was created twice, and each job that was created has ended.
  expect((await readJobEnds({ env: fleet.env, nameContains: 'polled' })).size).toBe(jobs)
  expect(created()).toHaveLength(jobs)

  const to = Date.now()
  const calls = readCalls({ requestLog: fleet.requestLog, from, to })
  const count = (name: string) => calls.filter(({ operation }) => operation === name).length
  const seconds = (to - from) / 1000
  expect(count('ListTrainingJobs')).toBeGreaterThan(0)
  expect(count('ListTrainingJobs')).toBeLessThanOrEqual(2 + 1.8 * seconds)
  expect(count('DescribeTrainingJob')).toBeLessThanOrEqual(describeRate * (seconds + 2))
}, 900_000)

test(`the events of ${jobs} jobs wake their waits, for at most eight events of history each`, async () => {
  fleet = await startWaitingFleet({ workers: 2, signal: true, pollSeconds: 60, describeRate: 50 })
  const ids = await fleet.start({ name: 'woken', durations })
  await untilEnded(fleet, ids)
  const { waits, lost } = await readWaits({ temporal: fleet.temporal, workflowIds: ids })
  expect(lost).toEqual([])
  for (const { events, wakeUps, changes, timedOut } of waits)
    expect(events).toBeLessThanOrEqual(6 + 8 * (wakeUps + changes) + timedOut)
  // A poll comes once a minute, 16 s after the last end at the earliest: most were seen before it.
  const ends = await readJobEnds({ env: fleet.env, nameContains: 'woken' })
  const soon = waits.filter(({ jobName, seenAt }) => seenAt - (ends.get(jobName) ?? 0) < 15_000)
  expect(waits.every(({ wakeUps }) => wakeUps > 0)).toBe(true)
  expect(soon.length).toBeGreaterThan(jobs / 2)
}, 900_000)
