import { createAwsClients } from '../../../src/aws/clients'
import type { Owner } from '../../../src/aws/names'
import { findOrphans } from '../../../src/reaper/find-orphans'
import { stopOrphans } from '../../../src/reaper/stop-orphans'
import { waitFor } from '../../e2e/support/wait-for'
import {
  pace,
  startAccount,
  startCluster,
  startTogether,
  verdictOn,
  type Account,
  type Cluster,
} from './reaper-world'

jest.setTimeout(240_000)

let account: Account
let ours: Cluster
let theirs: Cluster
beforeAll(async () => {
  ;[account, ours, theirs] = await startTogether([startAccount(), startCluster(), startCluster()])
})
afterAll(async () => {
  await Promise.all([account?.stop(), ours?.stop(), theirs?.stop()])
})

const unknownOwner = (workflowId: string): Owner => ({
  namespaceId: ours.namespaceId,
  workflowId,
  firstRunId: '0a1b2c3d-0000-4000-a000-00000000ffff',
})
const terminate = ({ workflowId }: Owner) =>
  ours.temporal.workflow.getHandle(workflowId).terminate('a test')
const stopping = /^Stopp(ing|ed)$/

/** As a role has it that a policy keeps from some resources. */
function refusingTagsOf(isRefused: (arn: string) => boolean) {
  const { sagemaker } = createAwsClients({ env: account.local.env })
  sagemaker.middlewareStack.add(
    (next) => async (args) => {
      const { ResourceArn } = args.input as { ResourceArn?: string }
      if (ResourceArn !== undefined && isRefused(ResourceArn))
        throw Object.assign(new Error('denied by a test'), { name: 'AccessDeniedException' })
      return next(args)
    },
    { step: 'initialize' },
  )
  return sagemaker
}

test('the job of a terminated workflow is stopped within one pass, and that of a running one is kept', async () => {
  const [gone, alive] = [await ours.start('gone'), await ours.start('alive')]
  const [orphan, kept] = [await account.job(gone), await account.job(alive)]
  await terminate(gone)

  const report = await account.pass(ours)
  expect(report).toMatchObject({ namespaceId: ours.namespaceId, dryRun: false })
  expect(report.jobs.find(({ jobName }) => jobName === orphan)).toMatchObject({
    verdict: 'stopped',
    why: 'its owner is terminated',
    workflowId: 'gone',
  })
  expect(verdictOn(report, kept)).toBe('kept')
  expect(await account.status(orphan)).toMatch(stopping)
  expect(await account.status(kept)).toBe('InProgress')
})

test('the job of a completed workflow is an orphan, that of one which was merely asked to cancel is not', async () => {
  const [done, cancelled] = [await ours.start('done'), await ours.start('cancelled')]
  const jobs = [await account.job(done), await account.job(cancelled)]
  await ours.complete(done)
  // A cancel that was asked for is no end.
  await ours.temporal.workflow.getHandle('cancelled').cancel()
  const report = await account.pass(ours)
  expect(jobs.map((job) => verdictOn(report, job))).toEqual(['stopped', 'kept'])
})

test.each([
  ['failed', async (owner: Owner) => ours.fail(owner)],
  [
    'cancelled',
    async (owner: Owner) => {
      await ours.temporal.workflow.getHandle(owner.workflowId).cancel()
      await ours.endCancelled(owner)
    },
  ],
  ['timed out', undefined],
])('the job of a workflow that %s is an orphan', async (how, end) => {
  const workflowId = `ended-${how}`
  const handle = ours.temporal.workflow.getHandle(workflowId)
  let owner: Owner
  if (end) {
    owner = await ours.start(workflowId)
  } else {
    const { firstExecutionRunId: firstRunId } = await ours.temporal.workflow.start('pipeline', {
      workflowId,
      taskQueue: 'nobody',
      workflowExecutionTimeout: '1s',
    })
    owner = { namespaceId: ours.namespaceId, workflowId, firstRunId }
  }
  const job = await account.job(owner)
  if (end) {
    // Of the other nobody knows when it ends.
    expect(verdictOn(await account.pass(ours), job)).toBe('kept')
    await end(owner)
  }
  await waitFor(async () => (await handle.describe()).status.name !== 'RUNNING', {
    what: 'end of the owner',
    deadline: 60,
  })
  const report = await account.pass(ours)
  expect(report.jobs.find(({ jobName }) => jobName === job)).toMatchObject({
    verdict: 'stopped',
    why: `its owner is ${how}`,
  })
  expect(await account.status(job)).toMatch(stopping)
})

test('an evaluation is judged and stopped as a training is', async () => {
  const [gone, alive] = [await ours.start('scored'), await ours.start('scoring')]
  const [orphan, kept] = [await account.evaluation(gone), await account.evaluation(alive)]
  await terminate(gone)
  const report = await account.pass(ours)
  expect(verdictOn(report, orphan)).toBe('stopped')
  expect(verdictOn(report, kept)).toBe('kept')
  expect(await account.evaluationStatus(orphan)).toMatch(stopping)
  expect(await account.evaluationStatus(kept)).toBe('InProgress')
})

test('a dry run says what would be stopped, and stops nothing', async () => {
  const owner = await ours.start('dry')
  const job = await account.job(owner)
  await terminate(owner)
  const report = await account.pass(ours, { dryRun: true })
  expect(report.dryRun).toBe(true)
  expect(verdictOn(report, job)).toBe('orphan')
  expect(await account.status(job)).toBe('InProgress')
})

test('a job within the grace is kept though its owner is closed', async () => {
  const owner = await ours.start('young')
  const job = await account.job(owner)
  await terminate(owner)
  const report = await account.pass(ours, { grace: 900 })
  expect(report.jobs.find(({ jobName }) => jobName === job)).toMatchObject({
    verdict: 'kept',
    why: 'younger than 15m',
  })
  expect(await account.status(job)).toBe('InProgress')
})

test('a reset keeps the job: the new execution goes on with the first run id of the old one', async () => {
  const owner = await ours.start('reset')
  const job = await account.job(owner)
  await ours.answer(owner)
  await ours.reset(owner)
  const handle = ours.temporal.workflow.getHandle('reset')
  expect((await handle.describe()).runId).not.toBe(owner.firstRunId)
  expect(verdictOn(await account.pass(ours), job)).toBe('kept')
  expect(await account.status(job)).toBe('InProgress')

  await handle.terminate()
  expect(verdictOn(await account.pass(ours), job)).toBe('stopped')
})

test('a workflow that continues as new keeps its job', async () => {
  const owner = await ours.start('continued')
  const job = await account.job(owner)
  await ours.continueAsNew(owner)
  expect(verdictOn(await account.pass(ours), job)).toBe('kept')
  expect(await account.status(job)).toBe('InProgress')
})

test('a workflow that was started again under its id does not own the job of the one before', async () => {
  const before = await ours.start('again')
  const old = await account.job(before)
  await terminate(before)
  const after = await ours.start('again')
  const young = await account.job(after)
  const report = await account.pass(ours)
  expect(verdictOn(report, old)).toBe('stopped')
  expect(verdictOn(report, young)).toBe('kept')
  expect(await account.status(young)).toBe('InProgress')
})

test('an owner that comes back between the two looks keeps its job', async () => {
  const owner = await ours.start('back')
  const job = await account.job(owner)
  await ours.answer(owner)
  await terminate(owner)
  const report = await account.pass(ours, {
    async confirm(found) {
      expect(verdictOn(found, job)).toBe('orphan')
      await ours.reset(owner)
      return true
    },
  })
  expect(verdictOn(report, job)).toBe('kept')
  expect(await account.status(job)).toBe('InProgress')
})

test('a job whose owner nobody knows is kept until it expires, and then stopped', async () => {
  const [past, future] = [-1, 1].map((hours) =>
    new Date(Date.now() + hours * 3_600_000).toISOString(),
  )
  const early = await account.job(unknownOwner('unknown-early'), { expiresAt: future ?? '' })
  const late = await account.job(unknownOwner('unknown-late'), { expiresAt: past ?? '' })
  const never = await account.job(unknownOwner('unknown-never'), { expiresAt: 'no time' })
  const report = await account.pass(ours)
  expect([early, late, never].map((job) => verdictOn(report, job))).toEqual([
    'kept',
    'stopped',
    'kept',
  ])
  expect(await account.status(early)).toBe('InProgress')
  expect(await account.status(late)).toMatch(stopping)
})

test('a job whose tags may not be read is told of, and keeps no orphan alive; a role that may read none is refused', async () => {
  const [gone, hidden] = [await ours.start('readable'), await ours.start('unreadable')]
  const [orphan, closed] = [await account.job(gone), await account.job(hidden)]
  await terminate(gone)
  await terminate(hidden)
  const sagemaker = refusingTagsOf((arn) => arn.endsWith(`/${closed}`))
  const report = await account.pass(ours, { sagemaker })
  expect(verdictOn(report, orphan)).toBe('stopped')
  expect(report.jobs.find(({ jobName }) => jobName === closed)).toMatchObject({
    verdict: 'unknown',
    why: 'its tags may not be read: denied by a test',
  })
  expect(await account.status(closed)).toBe('InProgress')
  const blind = account.pass(ours, { sagemaker: refusingTagsOf(() => true) })
  await expect(blind).rejects.toThrow('denied by a test')
  expect(verdictOn(await account.pass(ours), closed)).toBe('stopped')
})

test('a job without our tags is only counted, whatever its name looks like', async () => {
  const jobs = [
    await account.strangersJob('theirs-1'),
    await account.strangersJob('x-0123456789-a1'),
  ]
  const report = await account.pass(ours)
  expect(jobs.map((job) => verdictOn(report, job))).toEqual([undefined, undefined])
  expect(report.others).toBeGreaterThanOrEqual(2)
  for (const job of jobs) expect(await account.status(job)).toBe('InProgress')
})

test('an owner whose id does not fit into a tag is known by the tag of the run', async () => {
  const owner = await ours.start(`long-${'é'.repeat(90)}`)
  const job = await account.job(owner)
  await terminate(owner)
  const report = await account.pass(ours)
  expect(report.jobs.find(({ jobName }) => jobName === job)).toMatchObject({
    workflowId: owner.workflowId,
    verdict: 'stopped',
  })
})

test('two clusters that share an account never touch each other’s jobs', async () => {
  // The same ids on both, as two clusters in the same state would have them.
  const [mine, other] = [await ours.start('shared'), await theirs.start('shared')]
  const [myJob, otherJob] = [await account.job(mine), await account.job(other)]
  expect(otherJob).not.toBe(myJob)
  await theirs.temporal.workflow.getHandle('shared').terminate()

  const first = await account.pass(ours)
  expect(verdictOn(first, otherJob)).toBe('foreign')
  expect(verdictOn(first, myJob)).toBe('kept')
  expect(await account.status(otherJob)).toBe('InProgress')

  // And although to them every job of ours has an owner that they do not know.
  const second = await account.pass(theirs)
  expect(verdictOn(second, otherJob)).toBe('stopped')
  const foreign = second.jobs.filter(({ namespaceId }) => namespaceId === ours.namespaceId)
  expect(foreign.length).toBeGreaterThan(0)
  expect([...new Set(foreign.map(({ verdict }) => verdict))]).toEqual(['foreign'])
  expect(await account.status(myJob)).toBe('InProgress')
})

test('the jobs of a namespace that a person declares lost are stopped; one that is there is refused', async () => {
  const lost = '11111111-2222-4333-8444-555555555555'
  const job = await account.job({ namespaceId: lost, workflowId: 'lost', firstRunId: 'r1' })
  expect(verdictOn(await account.pass(ours), job)).toBe('foreign')
  await expect(account.pass(ours, { lostNamespaces: [ours.namespaceId] })).rejects.toMatchObject({
    code: 'E_NAMESPACE_NOT_LOST',
  })
  await expect(account.pass(ours, { lostNamespaces: ['default'] })).rejects.toMatchObject({
    code: 'E_NAMESPACE_NOT_LOST',
  })
  expect(await account.status(job)).toBe('InProgress')
  expect(verdictOn(await account.pass(ours, { lostNamespaces: [lost] }), job)).toBe('stopped')
  expect(await account.status(job)).toMatch(stopping)
})

describe('the trial of a sweep', () => {
  test('is cancelled when its sweep was terminated, also after that continued as new', async () => {
    const sweep = await ours.start('sweep-1')
    const trial = await ours.startTrial(sweep, 'sweep-1/trial-0001')
    const job = await account.job(trial)
    expect(verdictOn(await account.pass(ours), job)).toBe('kept')
    await ours.temporal.workflow.getHandle('sweep-1').signal('go')
    await ours.continueAsNew(sweep)
    expect(verdictOn(await account.pass(ours), job)).toBe('kept')

    await terminate(sweep)
    const report = await account.pass(ours)
    expect(report.jobs.find(({ jobName }) => jobName === job)).toMatchObject({
      verdict: 'cancelled',
      remedy: 'cancel the trial',
      why: 'its sweep sweep-1 was ended from outside',
    })
    // The trial stops its job itself, and keeps its record.
    expect(await account.status(job)).toBe('InProgress')
    const { events = [] } = await ours.temporal.workflow.getHandle(trial.workflowId).fetchHistory()
    expect(events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes)).toBe(
      true,
    )
  })

  test('is left to end by itself when its sweep has completed', async () => {
    const sweep = await ours.start('sweep-2')
    const trial = await ours.startTrial(sweep, 'sweep-2/trial-0001')
    const job = await account.job(trial)
    await ours.temporal.workflow.getHandle('sweep-2').signal('go')
    await ours.complete(sweep)
    expect(verdictOn(await account.pass(ours), job)).toBe('kept')
  })
})

test('a job that stays in Stopping is watched by each pass, and asked for nothing more', async () => {
  const owner = await ours.start('halting')
  const job = await account.job(owner)
  await account.local.scenario([{ jobs: job, when: { phase: 'Stopping' }, do: 'hold' }])
  await terminate(owner)
  let stops = 0
  account.local.aws.sagemaker.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'StopTrainingJobCommand') stops++
        return next(args)
      },
    { step: 'initialize', name: 'countStops' },
  )
  try {
    expect(verdictOn(await account.pass(ours), job)).toBe('stopped')
    // A pass whose list is throttled, or late, may not see it: the next one does.
    for (let seen = 0; seen < 3; seen++)
      await waitFor(async () => verdictOn(await account.pass(ours), job) === 'stopping', {
        what: 'pass that sees the job in Stopping',
        deadline: 60,
      })
    expect(await account.status(job)).toBe('Stopping')
    expect(stops).toBe(1)
  } finally {
    account.local.aws.sagemaker.middlewareStack.remove('countStops')
    await account.local.scenario([])
  }
  await waitFor(async () => (await account.status(job)) === 'Stopped', {
    what: 'end of the job',
    deadline: 60,
  })
  expect(verdictOn(await account.pass(ours), job)).toBeUndefined()
})

test('a stop whose reply is lost is told as ours, as nobody else will tell it', async () => {
  const owner = await ours.start('unheard')
  const job = await account.job(owner)
  await account.local.scenario([{ operation: 'StopTrainingJob', do: 'dropReply', times: 1 }])
  try {
    await terminate(owner)
    expect(verdictOn(await account.pass(ours), job)).toBe('stopped')
    expect(await account.status(job)).toMatch(stopping)
  } finally {
    await account.local.scenario([])
  }
})

test('when Temporal has lost its database its jobs are left alone until a person says so, and then stopped', async () => {
  const third = await startCluster()
  try {
    const owner = await third.start('forgotten')
    const job = await account.job(owner)
    expect(verdictOn(await account.pass(third), job)).toBe('kept')
    await third.loseDatabase()
    const report = await waitFor(() => account.pass(third), { what: 'answer', deadline: 90 })
    expect(report.namespaceId).not.toBe(owner.namespaceId)
    expect(verdictOn(report, job)).toBe('foreign')
    expect(await account.status(job)).toBe('InProgress')

    const told = await account.pass(third, { lostNamespaces: [owner.namespaceId] })
    expect(verdictOn(told, job)).toBe('stopped')
    expect(await account.status(job)).toMatch(stopping)
  } finally {
    await third.stop()
  }
})

test('while Temporal does not answer nothing is stopped', async () => {
  const third = await startCluster()
  try {
    const owner = await third.start('unreachable')
    const job = await account.job(owner)
    await third.temporal.workflow.getHandle('unreachable').terminate()
    const { sagemaker } = account.local.aws
    const { judge, jobs } = await findOrphans({
      sagemaker,
      temporal: third.temporal,
      grace: 0,
      pace,
    })
    const orphans = jobs.filter(({ verdict }) => verdict === 'orphan')
    expect(orphans.map(({ jobName }) => jobName)).toEqual([job])

    await third.platform.kill('temporal')
    await expect(account.pass(third)).rejects.toMatchObject({ code: 'E_TEMPORAL_UNREACHABLE' })
    const [stopped] = await stopOrphans({ sagemaker, judge, orphans })
    expect(stopped?.verdict).toBe('unknown')
    expect(await account.status(job)).toBe('InProgress')

    await third.platform.start('temporal')
    // A connection that was refused waits a moment before it tries again.
    const report = await waitFor(() => account.pass(third), { what: 'answer', deadline: 90 })
    expect(verdictOn(report, job)).toBe('stopped')
  } finally {
    await third.stop()
  }
})
