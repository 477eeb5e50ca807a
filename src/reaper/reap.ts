import { setTimeout as sleep } from 'node:timers/promises'

import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'

import { endEndpoint } from './end-endpoint'
import { findEndpoints } from './find-endpoints'
import { findOrphans, type FindOptions } from './find-orphans'
import type { JudgedEndpoint } from './judged-endpoint'
import { secondLookAfter, type ReapReport } from './judged-job'
import { stopOrphans } from './stop-orphans'

export interface ReapOptions extends FindOptions {
  /** How often endpoints are asked. */
  cloudwatch: CloudWatchClient
  /** Of the credentials. */
  account: () => Promise<string>
  /** Only say what would be stopped or deleted. */
  dryRun?: boolean
  /** Asked before anything is stopped, with all that was found; false makes it a dry run. */
  confirm?: ((found: ReapReport) => Promise<boolean>) | undefined
  /** Milliseconds between the two looks. */
  pause?: number
}

/** One pass: look, wait, look again, stop. Endpoints are deleted by workflows, which need a worker. */
export async function reap(options: ReapOptions): Promise<ReapReport> {
  const {
    sagemaker,
    cloudwatch,
    temporal,
    dryRun = false,
    confirm,
    pause = secondLookAfter * 1000,
  } = options
  const { judge, jobs, others } = await findOrphans(options)
  const endpointJudge = { ...judge, sagemaker, cloudwatch, temporal }
  const endpoints = await findEndpoints(endpointJudge)
  const lookedAt = Date.now()
  const found: ReapReport = {
    namespaceId: judge.namespaceId,
    region: await sagemaker.config.region(),
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
  const done = await stopOrphans({ sagemaker, judge, orphans })
  const site = { account: await options.account(), region: found.region }
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
