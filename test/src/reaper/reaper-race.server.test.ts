import { setTimeout as sleep } from 'node:timers/promises'

import type { Owner } from '../../../src/aws/names'
import { createAwsClients } from '../../../src/aws/clients'
import { findOrphans } from '../../../src/reaper/find-orphans'
import { seeded } from '../../e2e/support/seeded'
import { waitFor } from '../../e2e/support/wait-for'
import {
  startAccount,
  startCluster,
  startTogether,
  type Account,
  type Cluster,
} from './reaper-world'

jest.setTimeout(300_000)

let account: Account
let cluster: Cluster
beforeAll(async () => {
  ;[account, cluster] = await startTogether([startAccount(), startCluster()])
})
afterAll(async () => {
  await Promise.all([account?.stop(), cluster?.stop()])
})

/** What a person may do to a run, and whether its job then still has an owner. */
const fates = ['left alone', 'terminated', 'started again', 'continued as new'] as const

test('passes without any grace, in the middle of starts and ends, stop every orphan and nothing else', async () => {
  const random = seeded('the race of the reaper with starts')
  const wanted: { owner: Owner; job: string; orphan: boolean }[] = []
  const pause = (most: number) => sleep(random.between(0, most))
  let passes = 0
  const live = async (number: number) => {
    const id = `race-${number}`
    // A third of them each begins in the first pass, the second and the third, however long these take.
    await waitFor(() => passes >= number % 3, { what: 'pass', deadline: 240 })
    await pause(1_500)
    const owner = await cluster.start(id)
    await pause(500)
    const job = await account.job(owner)
    const fate = fates[Math.floor(random.between(0, fates.length))] ?? 'left alone'
    await pause(1_500)
    if (fate === 'continued as new') await cluster.continueAsNew(owner)
    const ends = fate === 'terminated' || fate === 'started again'
    if (ends) await cluster.temporal.workflow.getHandle(id).terminate()
    wanted.push({ owner, job, orphan: ends })
    if (fate !== 'started again') return
    await pause(500)
    const next = await cluster.start(id)
    wanted.push({ owner: next, job: await account.job(next), orphan: false })
  }

  let over = false
  const lives = Promise.all(Array.from({ length: 24 }, (_, number) => live(number))).finally(() => {
    over = true
  })
  // The last one begins after everything has happened.
  for (let last = false; !last; passes++) {
    last = over
    await account.pass(cluster, { pace: { pageSize: 7, pause: 100 } })
  }
  await lives

  for (const { job, owner, orphan } of wanted) {
    const status = await account.status(job)
    expect({ job, owner, stopped: /^Stopp/.test(status) }).toEqual({ job, owner, stopped: orphan })
  }
})

test('thirty jobs on six pages are all found while ListTrainingJobs allows two requests a second, and their tags are read once', async () => {
  const owner = await cluster.start('many')
  const jobs: string[] = []
  for (let attempt = 1; attempt <= 30; attempt++) jobs.push(await account.job(owner, { attempt }))

  const { sagemaker } = createAwsClients({ env: account.local.env })
  let pages = 0
  const tagsRead: string[] = []
  let throttled = 0
  sagemaker.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === 'ListTrainingJobsCommand') pages++
        if (commandName === 'ListTagsCommand')
          tagsRead.push((args.input as { ResourceArn: string }).ResourceArn)
        return next(args)
      },
    { step: 'initialize' },
  )
  sagemaker.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args)
      } catch (error) {
        if (error instanceof Error && error.name === 'ThrottlingException') throttled++
        throw error
      }
    },
    { step: 'deserialize', priority: 'high' },
  )
  // At least one of them, should the machine be slower than the limit.
  await account.local.scenario([{ operation: 'ListTrainingJobs', do: 'throttle', times: 1 }])
  try {
    const find = () =>
      findOrphans({
        sagemaker,
        temporal: cluster.temporal,
        grace: 0,
        pace: { pageSize: 5, pause: 0 },
      })
    for (let pass = 0; pass < 2; pass++) {
      const found = (await find()).jobs.filter(({ workflowId }) => workflowId === 'many')
      expect(found.map(({ jobName }) => jobName).sort()).toEqual([...jobs].sort())
      expect([...new Set(found.map(({ verdict }) => verdict))]).toEqual(['kept'])
    }
    expect(pages).toBeGreaterThanOrEqual(2 * 6)
    expect(throttled).toBeGreaterThan(0)
    // Of the jobs of the test before some may still be ending.
    expect(tagsRead.length).toBeGreaterThanOrEqual(jobs.length)
    expect(tagsRead).toEqual([...new Set(tagsRead)])
  } finally {
    await account.local.scenario([])
    sagemaker.destroy()
  }
})
