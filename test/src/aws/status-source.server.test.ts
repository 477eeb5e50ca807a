import {
  CreateTrainingJobCommand,
  ListTrainingJobsCommand,
  type SageMakerClient,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker'
import { pino } from 'pino'

import { jobService } from '../../../activities/job-service'
import { createStatusSource, type JobKey } from '../../../src/aws/status-source'
import type { JobSnapshot } from '../../../src/job'
import { startLocalAws, type LocalAws } from '../../activities/local-aws'
import { waitFor } from '../../e2e/support/wait-for'
import { trainingRequest } from '../local/sagemaker/test-server'

jest.setTimeout(300_000)

let local: LocalAws
const names = Array.from({ length: 300 }, (_, index) => `fleet-${index}-a1`)

beforeAll(async () => {
  local = await startLocalAws()
  for (let first = 0; first < names.length; first += 50)
    await Promise.all(names.slice(first, first + 50).map(create))
})
afterAll(() => local.stop())
beforeEach(() => local.scenario([]))

async function create(name: string): Promise<void> {
  await local.aws.sagemaker.send(new CreateTrainingJobCommand(trainingRequest(name)))
}

async function stop(jobName: string): Promise<void> {
  await local.aws.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: jobName }))
  await eventually(async () => (await read({ kind: 'training', jobName }))?.status === 'Stopped')
}

function read({ kind, jobName }: JobKey): Promise<JobSnapshot | null> {
  return jobService({ ...local.deps, kind }).describe(jobName)
}

/** A refused or cut connection among three hundred at once is a look that brought nothing. */
async function eventually(isSo: () => Promise<boolean> | boolean): Promise<void> {
  await waitFor(isSo, { what: 'what was waited for', deadline: 150, every: 0.05 })
}

/** A source on the real service, with what it asked of it, and a clock that a test can push. */
function fleet(
  options: {
    jobs?: string[]
    describe?: (job: JobKey) => Promise<JobSnapshot | null>
    /** Left out of every list. */
    unlisted?: string
    describeRate?: number
  } = {},
) {
  const { jobs = names, describe = read, unlisted, describeRate = 200 } = options
  /** `stopped`: where it stands still. */
  const clock: { ahead: number; stopped?: number } = { ahead: 0 }
  const described: string[] = []
  let lists = 0
  const logged: string[] = []
  // Its own: a sweep of the test before may still be under way.
  const send = async (command: ListTrainingJobsCommand) => {
    lists++
    const { TrainingJobSummaries = [], ...page } = await local.aws.listing.send(command)
    const shown = TrainingJobSummaries.filter((job) => job.TrainingJobName !== unlisted)
    return { ...page, TrainingJobSummaries: shown }
  }
  const source = createStatusSource({
    describe(job) {
      described.push(job.jobName)
      return describe(job)
    },
    listing: { send } as unknown as SageMakerClient,
    workers: 1,
    describeRate,
    pollSeconds: 0.1,
    log: pino({ level: 'debug' }, { write: (line: string) => logged.push(line) }),
    now: () => (clock.stopped ?? Date.now()) + clock.ahead,
  })
  const seen = new Map<string, JobSnapshot>()
  /** One look at every job, as their polls would do it; what each brought. */
  const lookAtAll = async () => {
    const found = new Map<string, Awaited<ReturnType<typeof source.look>>>()
    await Promise.all(
      jobs.map(async (jobName) => {
        const look = await source.look({ kind: 'training', jobName, seen: seen.get(jobName) })
        if (look !== null && typeof look === 'object') seen.set(jobName, look)
        found.set(jobName, look)
      }),
    )
    return found
  }
  return {
    source,
    seen,
    clock,
    described,
    lists: () => lists,
    lookAtAll,
    /** Until each job has been read once. */
    settle: async () => {
      await eventually(async () => {
        await lookAtAll()
        return seen.size === jobs.length
      })
    },
    /** Lets a sweep begin from now on, and waits until it has seen every page. */
    sweep: async () => {
      clock.ahead += 15_000
      const from = Date.now() + clock.ahead
      await eventually(async () => {
        await lookAtAll()
        return logged.some(
          (line) => (JSON.parse(line) as { startedAt?: number }).startedAt! >= from,
        )
      })
    },
  }
}

test('of 300 jobs that stand still none is read again: three pages of a list tell them all', async () => {
  const { lookAtAll, settle, sweep, described, lists, clock } = fleet()
  await settle()
  expect(new Set(described).size).toBe(300)
  await sweep()
  // Before another one is due.
  clock.stopped = Date.now()
  described.splice(0)
  const before = lists()
  for (let round = 0; round < 5; round++) {
    const found = await lookAtAll()
    expect([...found.values()].every((look) => look === 'unchanged')).toBe(true)
  }
  expect(described).toEqual([])
  expect(lists()).toBe(before)
})

test('of 300 jobs the one that ended between two sweeps is read, and no other', async () => {
  const { seen, settle, sweep, lookAtAll, described } = fleet()
  await settle()
  await sweep()
  await stop('fleet-7-a1')
  described.splice(0)
  expect((await lookAtAll()).get('fleet-7-a1')).toBe('unchanged')
  await sweep()
  await lookAtAll()
  expect(seen.get('fleet-7-a1')?.status).toBe('Stopped')
  expect(described.filter((name) => name !== 'fleet-7-a1')).toEqual([])
})

test('a job that no list ever shows is read after each list, and never taken for ended', async () => {
  const unlisted = 'fleet-8-a1'
  const { seen, settle, sweep, lookAtAll, described } = fleet({ unlisted })
  await settle()
  for (let sweeps = 0; sweeps < 2; sweeps++) {
    await sweep()
    described.splice(0)
    for (let round = 0; round < 3; round++) await lookAtAll()
    expect(seen.get(unlisted)?.status).toBe('InProgress')
    // By the look that comes first after a list, this one's or the one before it.
    expect(described.filter((name) => name === unlisted).length).toBeLessThanOrEqual(1)
  }
})

test('a list that is refused as too fast slows down and still comes to its end', async () => {
  const { settle, sweep, lookAtAll, seen, lists } = fleet()
  await settle()
  await sweep()
  await local.scenario([{ operation: 'ListTrainingJobs', do: 'throttle', times: 3 }])
  const before = lists()
  await sweep()
  expect(lists() - before).toBeGreaterThanOrEqual(6)
  await stop('fleet-9-a1')
  await sweep()
  await lookAtAll()
  expect(seen.get('fleet-9-a1')?.status).toBe('Stopped')
})

test('when lists are refused for good, every job is read in its turn, so that no end is missed', async () => {
  const { settle, seen, lookAtAll, clock } = fleet()
  await local.scenario([{ operation: 'ListTrainingJobs', do: 'throttle', times: 10_000 }])
  await settle()
  await stop('fleet-10-a1')
  expect((await lookAtAll()).get('fleet-10-a1')).toBe('unchanged')
  clock.ahead += 121_000
  await eventually(async () => {
    await lookAtAll()
    return seen.get('fleet-10-a1')?.status === 'Stopped'
  })
})

test('a job that was read from a stale copy is read again, as the list knows better', async () => {
  const jobName = 'fleet-11-a1'
  const stale = await read({ kind: 'training', jobName })
  let staleReads = 0
  const { settle, sweep, seen } = fleet({
    describe: async (job) => {
      if (job.jobName !== jobName || staleReads >= 2) return read(job)
      staleReads++
      return stale && { ...stale, secondaryStatus: 'Starting', modifiedAt: 1 }
    },
  })
  await settle()
  expect(seen.get(jobName)?.secondaryStatus).toBe('Starting')
  await sweep()
  await eventually(() => seen.get(jobName)?.secondaryStatus === 'Training')
  expect(staleReads).toBe(2)
})

test('a few jobs are read at each look, and nothing is listed', async () => {
  const few = names.slice(20, 30)
  const { lookAtAll, described, lists } = fleet({ jobs: few })
  for (let round = 0; round < 3; round++) {
    const found = await lookAtAll()
    expect([...found.values()].every((look) => typeof look === 'object')).toBe(true)
  }
  expect(described).toHaveLength(30)
  expect(lists()).toBe(0)
})

test('looks that come at once share one call; one that answers a wake-up has a call of its own', async () => {
  const { source, described } = fleet()
  const job: JobKey = { kind: 'training', jobName: 'fleet-30-a1' }
  await Promise.all([source.describe(job), source.describe(job), source.describe(job)])
  expect(described).toHaveLength(1)
  await Promise.all([source.describe(job), source.describe({ ...job, first: true })])
  expect(described).toHaveLength(3)
})

test('more looks than the rate allows are put off, except the one that answers a wake-up', async () => {
  const { source } = fleet({ describeRate: 1 })
  const looks = names.slice(40, 60).map((jobName) => source.describe({ kind: 'training', jobName }))
  const urgent = source.describe({ kind: 'training', jobName: 'fleet-60-a1', first: true })
  expect(await urgent).toMatchObject({ jobName: 'fleet-60-a1' })
  const found = await Promise.all(looks)
  expect(found.filter((look) => look === 'busy').length).toBeGreaterThanOrEqual(10)
})

test('the real list is asked for what is in progress, and is refused above two a second', async () => {
  const began = Date.now()
  const calls = await Promise.allSettled(
    Array.from({ length: 30 }, () =>
      local.aws.listing.send(new ListTrainingJobsCommand({ StatusEquals: 'InProgress' })),
    ),
  )
  const seconds = (Date.now() - began) / 1000
  const answered = calls.filter(({ status }) => status === 'fulfilled')
  // Two are saved up.
  expect(answered.length).toBeLessThanOrEqual(2 + 2 * seconds)
})
