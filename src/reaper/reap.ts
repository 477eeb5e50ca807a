import { setTimeout as sleep } from 'node:timers/promises'

import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import type { SageMakerClient } from '@aws-sdk/client-sagemaker'

import { byRegion } from './by-region'
import { endEndpoint } from './end-endpoint'
import { findEndpoints } from './find-endpoints'
import { findOrphans, type FindOptions } from './find-orphans'
import type { JudgedEndpoint } from './judged-endpoint'
import { secondLookAfter, type JudgedJob, type ReapReport } from './judged-job'
import { stopOrphans } from './stop-orphans'

export interface ReapOptions extends FindOptions {
  /** How often endpoints are asked. */
  cloudwatch: CloudWatchClient
  /** Of the credentials. */
  account: () => Promise<string>
  /** By region: others to look at for jobs. */
  elsewhere?: ReadonlyMap<string, SageMakerClient> | undefined
  /** Only say what would be stopped or deleted. */
  dryRun?: boolean
  /** Asked before anything is stopped, with all that was found; false makes it a dry run. */
  confirm?: ((found: ReapReport) => Promise<boolean>) | undefined
  /** Milliseconds between the two looks. */
  pause?: number
}

/**
 * One pass over one region or more: look, wait, look again, stop. Endpoints are deleted by workflows,
 * which need a worker.
 */
export async function reap(options: ReapOptions): Promise<ReapReport> {
  const {
    sagemaker,
    elsewhere,
    cloudwatch,
    temporal,
    dryRun = false,
    confirm,
    pause = secondLookAfter * 1000,
  } = options
  const region = await sagemaker.config.region()
  const clients = new Map([[region, sagemaker], ...(elsewhere ?? [])])
  const own = await findOrphans(options)
  const { judge } = own
  let { jobs, others } = own
  for (const client of elsewhere?.values() ?? []) {
    const there = await findOrphans({ ...options, sagemaker: client })
    jobs = [...jobs, ...there.jobs]
    others += there.others
  }
  const endpointJudge = { ...judge, sagemaker, cloudwatch, temporal }
  const endpoints = await findEndpoints(endpointJudge)
  const lookedAt = Date.now()
  const found: ReapReport = {
    namespaceId: judge.namespaceId,
    region: [...clients.keys()].join(', '),
    grace: judge.grace,
    dryRun: true,
    at: new Date(lookedAt).toISOString(),
    jobs,
    others,
    endpoints,
  }
  const orphans = jobs.filter(({ verdict }) => verdict === 'orphan')
  const due = endpoints.filter(({ verdict }) => verdict === 'due')
  const count = orphans.length + due.length
  if (dryRun || (count > 0 && confirm && !(await confirm(found)))) return found
  if (count === 0) return { ...found, dryRun: false }
  await sleep(Math.max(0, lookedAt + pause - Date.now()))
  const done: JudgedJob[] = []
  for (const [where, there] of byRegion(orphans, region)) {
    const client = clients.get(where) ?? sagemaker
    done.push(...(await stopOrphans({ sagemaker: client, judge, orphans: there })))
  }
  const site = { account: await options.account(), region }
  const ended: JudgedEndpoint[] = []
  for (const each of due) ended.push(await endEndpoint({ judge: endpointJudge, site, due: each }))
  return {
    ...found,
    dryRun: false,
    jobs: withNews(jobs, done),
    endpoints: withNews(endpoints, ended),
  }
}

function withNews<Judged extends { arn: string }>(all: Judged[], news: Judged[]): Judged[] {
  const byArn = new Map(news.map((each) => [each.arn, each]))
  return all.map((each) => byArn.get(each.arn) ?? each)
}
