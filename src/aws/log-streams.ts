import {
  paginateDescribeLogStreams,
  type CloudWatchLogsClient,
  type LogStream,
} from '@aws-sdk/client-cloudwatch-logs'

import type { JobKind } from '../job'
import { logGroups } from '../log-groups'

/**
 * Every stream of a job's log, in the order of their names. Each start of each host has one of its own,
 * and a page holds fifty: the newest of a job that was often interrupted stands on a later one.
 *
 * @throws the service's error; a job that has not logged yet has no group, or no stream
 */
export async function logStreamsOf(options: {
  logs: CloudWatchLogsClient
  kind: JobKind
  jobName: string
  abortSignal?: AbortSignal
}): Promise<LogStream[]> {
  const { logs, kind, jobName, abortSignal } = options
  const until = abortSignal ? { abortSignal } : {}
  const asked = { logGroupName: logGroups[kind], logStreamNamePrefix: `${jobName}/` }
  const found: LogStream[] = []
  for await (const page of paginateDescribeLogStreams({ client: logs }, asked, until))
    found.push(...(page.logStreams ?? []))
  return found
}
