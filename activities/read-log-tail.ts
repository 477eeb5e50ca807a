import { DescribeLogStreamsCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'

import { messageOf } from '../src/errors'
import { cutSecrets } from '../src/config/secrets'
import { logGroups } from '../src/log-groups'
import type { JobKind } from '../src/job'
import type { Dependencies } from './dependencies'

/** The last lines of a job's newest log stream, oldest first, each cut at 300 characters. */
export async function readLogTail(
  { logs, log }: Dependencies,
  options: { kind: JobKind; jobName: string; lines: number },
): Promise<string[]> {
  const { kind, jobName, lines } = options
  const logGroupName = logGroups[kind]
  try {
    const { logStreams = [] } = await logs.send(
      new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: `${jobName}/` }),
    )
    const newest = logStreams.sort((a, b) => (b.creationTime ?? 0) - (a.creationTime ?? 0))[0]
    if (!newest?.logStreamName) return []
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({
        logGroupName,
        logStreamName: newest.logStreamName,
        startFromHead: false,
        limit: lines,
      }),
    )
    return events.map(({ message = '' }) => cutSecrets(message.trimEnd()).slice(0, 300))
  } catch (error) {
    // Logs appear late and may be forbidden: they never fail a run.
    log.warn({ jobName, error: messageOf(error) }, 'could not read the log')
    return []
  }
}
