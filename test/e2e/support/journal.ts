import type { DescribeTrainingJobCommandOutput } from '@aws-sdk/client-sagemaker'

import type { AwsView } from './aws-view'

export interface JournalEvent {
  event: string
  step?: number
  lost?: number
}

/** The checkpoint journal of a job, read from S3 as anybody could. */
export async function journalOf({
  aws,
  job,
}: {
  aws: AwsView
  job: DescribeTrainingJobCommandOutput | undefined
}): Promise<JournalEvent[]> {
  const uri = `${job?.CheckpointConfig?.S3Uri ?? ''}/holdfast-journal.ndjson`
  const bytes = await aws.object(uri)
  if (!bytes) throw new Error(`there is no ${uri}`)
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalEvent)
}
