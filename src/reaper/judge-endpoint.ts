import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  type DescribeEndpointOutput,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { WorkflowNotFoundError, type Client as TemporalClient } from '@temporalio/client'

import { requestsOfEndpoint } from '../aws/requests-of-endpoint'
import { tagsOf } from '../aws/tags-of'
import { whenThere } from '../aws/when-there'
import { endpointOwnerTag, namespaceOfEndpoint } from '../deploy/endpoint-owner'
import { parseIdleTag } from '../deploy/idle-tag'
import { deploymentIdOf, serveTags } from '../deploy/release'
import { formatDuration } from '../duration'
import { messageOf } from '../errors'
import type { EndpointRemedy, JudgedEndpoint } from './judged-endpoint'
import { patiently } from './patiently'

export interface EndpointJudge {
  sagemaker: SageMakerClient
  cloudwatch: CloudWatchClient
  temporal: TemporalClient
  /** UUID of the namespace whose endpoints are ours. */
  namespaceId: string
  /** Seconds from a change in which two versions side by side are left alone. */
  grace: number
}

export type ListedEndpoint = Pick<
  JudgedEndpoint,
  'endpointName' | 'arn' | 'status' | 'createdAt' | 'changedAt'
>

/** A verdict, before it is known whether a change is under way. */
type Finding = Pick<JudgedEndpoint, 'verdict' | 'why' | 'remedy'>

/** What is to be done about an endpoint; null when it is not Holdfast's, or there no more. */
export async function judgeEndpoint(options: {
  judge: EndpointJudge
  endpoint: ListedEndpoint
}): Promise<JudgedEndpoint | null> {
  const { judge, endpoint } = options
  const { endpointName, arn } = endpoint
  const tags = (await whenThere(() => tagsOf(judge.sagemaker, arn))) ?? {}
  const tag = tags['holdfast:owner']
  const namespaceId = namespaceOfEndpoint({ endpointName, tag })
  if (namespaceId === null) return null
  const known = { ...endpoint, namespaceId }
  if (namespaceId !== judge.namespaceId)
    return { ...known, ...say('foreign', `of the namespace ${namespaceId}`) }
  const found = await findingOn({ judge, endpoint, tags })
  if (found.verdict !== 'due' || !(await isBeingChanged(judge, endpointName)))
    return { ...known, ...found }
  return { ...known, ...say('kept', 'a change of it is under way') }
}

async function findingOn(options: {
  judge: EndpointJudge
  endpoint: ListedEndpoint
  tags: Record<string, string>
}): Promise<Finding> {
  const { judge, endpoint, tags } = options
  const { endpointName, status } = endpoint
  const expiresAt = tags[serveTags.expiresAt]
  // Not a date: nothing is concluded.
  if (status !== 'Deleting' && Date.parse(expiresAt ?? '') < nowOf(judge))
    return say('due', `it expired ${expiresAt}`)
  if (status !== 'InService') return say('kept', `it is ${status}`)
  const found = await whenThere(() =>
    judge.sagemaker.send(new DescribeEndpointCommand({ EndpointName: endpointName })),
  )
  // By another name of its state: it changes just now.
  if (found?.EndpointStatus !== 'InService') return say('kept', 'it is being changed')
  // It may have been listed some time ago.
  const changedAt = found.LastModifiedTime?.toISOString() ?? endpoint.changedAt
  const now = { judge, endpoint: { ...endpoint, changedAt }, found }
  const halfDone = await halfDoneDeployment(now)
  if (halfDone) return halfDone
  const idle = parseIdleTag(tags[serveTags.idleAfter])
  if (idle) return idleness({ ...now, idle })
  return say('kept', expiresAt === undefined ? 'it has no end' : `it expires ${expiresAt}`)
}

/** Both versions in it, though the deployment that put them there may be gone. Null: it is not so. */
async function halfDoneDeployment(options: {
  judge: EndpointJudge
  endpoint: ListedEndpoint
  found: DescribeEndpointOutput
}): Promise<Finding | null> {
  const { judge, endpoint, found } = options
  const { endpointName, changedAt } = endpoint
  if ((found.ProductionVariants ?? []).length < 2) return null
  const shared = await configOf(judge, found.EndpointConfigName ?? '')
  const owner = endpointOwnerTag({ namespaceId: judge.namespaceId, endpointName })
  const from = shared?.tags[serveTags.from]
  if (from === undefined || shared?.tags['holdfast:owner'] !== owner) return null
  const both = 'two versions stand side by side'
  if (!((nowOf(judge) - Date.parse(changedAt)) / 1000 >= judge.grace))
    return say('kept', `${both}, changed within ${formatDuration(judge.grace)}`)
  if ((await configOf(judge, from)) === null)
    return say('kept', `${both}, and the configuration ${from} is gone: deploy again`)
  return say('due', `${both}, and no deployment is under way`, 'go back')
}

async function idleness(options: {
  judge: EndpointJudge
  endpoint: ListedEndpoint
  found: DescribeEndpointOutput
  idle: { seconds: number; since: number }
}): Promise<Finding> {
  const { judge, endpoint, found, idle } = options
  const now = nowOf(judge)
  const limit = formatDuration(idle.seconds)
  const from = now - idle.seconds * 1000
  const times = [endpoint.createdAt, endpoint.changedAt].map((time) => Date.parse(time))
  // Variants of before the last change are not asked about, so it must be older than the window.
  if (!(Math.max(idle.since, ...times) <= from))
    return say('kept', `it was deployed or changed within ${limit}`)
  const variants = (found.ProductionVariants ?? []).map(({ VariantName = '' }) => VariantName)
  try {
    const { cloudwatch } = judge
    const { endpointName } = endpoint
    const requests = await patiently(() =>
      requestsOfEndpoint({ cloudwatch, endpointName, variants, from, to: now }),
    )
    if (requests > 0) return say('kept', `it was asked within ${limit}`)
    return say('due', `nobody has asked it for ${limit}`)
  } catch (error) {
    return say('unknown', `how often it was asked cannot be read: ${messageOf(error)}`)
  }
}

function say(
  verdict: JudgedEndpoint['verdict'],
  why: string,
  remedy: EndpointRemedy = 'undeploy',
): Finding {
  return { verdict, why, remedy }
}

/**
 * Milliseconds by the clock of the service, which the SDK corrects ours to: with a clock that is an
 * hour ahead, an endpoint that is asked every minute would seem idle.
 */
function nowOf({ sagemaker }: EndpointJudge): number {
  return Date.now() + sagemaker.config.systemClockOffset
}

async function isBeingChanged({ temporal }: EndpointJudge, endpointName: string): Promise<boolean> {
  try {
    const { status } = await temporal.workflow.getHandle(deploymentIdOf(endpointName)).describe()
    return status.name === 'RUNNING'
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false
    throw error
  }
}

async function configOf(
  judge: EndpointJudge,
  name: string,
): Promise<{ tags: Record<string, string> } | null> {
  const config = await whenThere(() =>
    judge.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name })),
  )
  return config && { tags: await tagsOf(judge.sagemaker, config.EndpointConfigArn ?? '') }
}
