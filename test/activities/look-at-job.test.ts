import type { Dependencies } from '../../activities'
import { lookAtJob } from '../../activities/look-at-job'
import type { Reading } from '../../src/aws/status-source'
import type { JobSnapshot } from '../../src/job'
import type { RunSite } from '../../src/run-site'

const running: JobSnapshot = {
  ...{ jobName: 'reviews-a1', kind: 'training', interruptions: 0 },
  ...{ status: 'InProgress', secondaryStatus: 'Uploading' },
}
const completed: JobSnapshot = { ...running, status: 'Completed', secondaryStatus: 'Completed' }

/** Looks at a job that Describe shows so, one reading after the other. */
async function look(readings: Reading[], known?: { interruptions: number }) {
  const asked: boolean[] = []
  const status = {
    describe: ({ first = false }: { first?: boolean }) => {
      const reading = readings[asked.length] ?? null
      asked.push(first)
      return Promise.resolve(reading)
    },
  }
  const deps = { status } as unknown as Dependencies
  const { jobName, kind } = running
  const site = {} as RunSite
  const seen = await lookAtJob(deps, { kind, jobName, site, ...(known && { known }) })
  // Each goes before the polls.
  expect(asked).not.toContain(false)
  return { seen, looks: asked.length }
}

const known = { interruptions: 0 }

test.each<[string, Reading[], { interruptions: number } | undefined, JobSnapshot | null, number]>([
  ['an end that is seen at once is told at once', [completed], known, completed, 1],
  [
    'a Describe that lags behind the event is asked again',
    [running, completed],
    known,
    completed,
    2,
  ],
  ['a job that Describe does not show yet is too', [null, completed], known, completed, 2],
  ['what has not changed is shown as it is', [running, running], known, running, 2],
  ['who has no turn is not asked again', ['busy'], known, null, 1],
  ['a workflow of an earlier release has one look', [running], undefined, running, 1],
])('after a wake-up: %s', async (_, readings, knownOfJob, seen, looks) => {
  expect(await look(readings, knownOfJob)).toEqual({ seen, looks })
})
