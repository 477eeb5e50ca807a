import type { JobKind } from '../job'

/** What an event says of a job. Only a reason to look: the job itself is always read again. */
export interface JobEvent {
  kind: JobKind
  jobName: string
  jobArn: string
  /** Those that the event carries; a processing job's has none. */
  tags: Map<string, string>
  /** The job goes on as before: no wait comes back for that, so nobody need look. */
  goesOn: boolean
}

const kinds: Record<string, { kind: JobKind; member: string }> = {
  'SageMaker Training Job State Change': { kind: 'training', member: 'TrainingJob' },
  'SageMaker Processing Job State Change': { kind: 'processing', member: 'ProcessingJob' },
  'SageMaker Transform Job State Change': { kind: 'transform', member: 'TransformJob' },
}

/**
 * Reads an EventBridge event as SQS delivers it. `detail` mirrors Describe (SageMaker developer guide,
 * "Events that Amazon SageMaker AI sends to Amazon EventBridge"), with `Tags` as a map; a list of
 * `Key` and `Value` is read too. Null for what is no event of a job.
 *
 * @example
 * readJobEvent('{"detail-type":"SageMaker Training Job State Change","detail":{…}}')
 */
export function readJobEvent(body: string): JobEvent | null {
  const event = parsed(body)
  const { kind, member } = kinds[String(event['detail-type'])] ?? {}
  const detail = event['detail']
  if (!kind || !isObject(detail)) return null
  const jobName = detail[`${member}Name`]
  const jobArn = detail[`${member}Arn`]
  if (typeof jobName !== 'string' || typeof jobArn !== 'string') return null
  const status = detail[`${member}Status`]
  // What is not said, or new, is looked at.
  const goesOn =
    (status === 'InProgress' || status === 'Stopping') &&
    detail['SecondaryStatus'] !== 'Interrupted'
  return { kind, jobName, jobArn, tags: tagsIn(detail['Tags']), goesOn }
}

type Json = Record<string, unknown>

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(body: string): Json {
  try {
    const event: unknown = JSON.parse(body)
    return isObject(event) ? event : {}
  } catch {
    return {}
  }
}

function tagsIn(tags: unknown): Map<string, string> {
  const pairs = Array.isArray(tags)
    ? tags.filter(isObject).map(({ Key, Value }) => [Key, Value])
    : Object.entries(isObject(tags) ? tags : {})
  return new Map(
    pairs.filter((pair): pair is [string, string] =>
      pair.every((part) => typeof part === 'string'),
    ),
  )
}
