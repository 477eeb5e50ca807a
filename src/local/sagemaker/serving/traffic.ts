/**
 * How an update moves traffic from the old fleet to the new one (API reference, BlueGreenUpdatePolicy
 * and TrafficRoutingConfig). Pure.
 */

import { isObject, list, number, object, text, type Json } from '../json'
import type { Rollout, Variant } from './serving-state'

export interface TrafficPlan {
  /** Shares of the new fleet, one after the other; the last is 1. */
  shares: number[]
  /** Seconds that each of them is watched for. */
  waitSeconds: number
  /** Seconds that the old fleet is kept after the last of them. */
  terminationWaitSeconds: number
  /** Seconds after which an update that has not ended is rolled back. */
  mostSeconds: number | undefined
  /** Names of CloudWatch alarms any of which rolls the update back. */
  alarms: string[]
}

/** Without a configuration the traffic moves at once, and nothing is watched. */
export function trafficPlan(options: {
  deploymentConfig: Json | undefined
  variants: Variant[]
}): TrafficPlan {
  const { deploymentConfig = {}, variants } = options
  const policy = object(deploymentConfig, 'BlueGreenUpdatePolicy') ?? {}
  const routing = object(policy, 'TrafficRoutingConfiguration') ?? {}
  const rollback = object(deploymentConfig, 'AutoRollbackConfiguration') ?? {}
  return {
    shares: sharesOf(routing, instancesOf(variants)),
    waitSeconds: number(routing, 'WaitIntervalInSeconds') ?? 0,
    terminationWaitSeconds: number(policy, 'TerminationWaitInSeconds') ?? 0,
    mostSeconds: number(policy, 'MaximumExecutionTimeoutInSeconds'),
    alarms: list(rollback, 'Alarms')
      .filter(isObject)
      .map((alarm) => text(alarm, 'AlarmName') ?? ''),
  }
}

function sharesOf(routing: Json, instances: number): number[] {
  switch (text(routing, 'Type')) {
    case 'CANARY':
      return [shareOf(object(routing, 'CanarySize') ?? {}, instances), 1]
    case 'LINEAR': {
      const step = shareOf(object(routing, 'LinearStepSize') ?? {}, instances)
      const steps = Math.max(1, Math.ceil(1 / step - 1e-9))
      return Array.from({ length: steps }, (_, index) => Math.min(1, step * (index + 1)))
    }
    default:
      return [1]
  }
}

/** A size is a number of instances, or percent of them: whole instances, and at least one. */
function shareOf(size: Json, instances: number): number {
  const value = number(size, 'Value') ?? 1
  const count =
    text(size, 'Type') === 'INSTANCE_COUNT' ? value : Math.ceil((value / 100) * instances)
  return Math.min(1, Math.max(1, count) / instances)
}

function instancesOf(variants: Variant[]): number {
  const counts = variants.map(({ request }) => number(request, 'InitialInstanceCount') ?? 1)
  return Math.max(1, ...counts)
}

/** What the service would refuse of a configuration; undefined: nothing. Wording ours. */
export function trafficFault(options: {
  deploymentConfig: Json
  variants: Variant[]
}): string | undefined {
  const { deploymentConfig, variants } = options
  const policy = object(deploymentConfig, 'BlueGreenUpdatePolicy')
  if (!policy) return undefined
  const routing = object(policy, 'TrafficRoutingConfiguration') ?? {}
  const type = text(routing, 'Type')
  const sizes = { CANARY: 'CanarySize', LINEAR: 'LinearStepSize' }
  for (const [owner, member] of Object.entries(sizes)) {
    if ((type === owner) !== (routing[member] !== undefined))
      return `${member} must be given for traffic routing of type ${owner}, and for no other.`
  }
  if (type !== 'ALL_AT_ONCE') {
    const [first = 1] = sharesOf(routing, instancesOf(variants))
    if (first > 0.5)
      return `The first step of ${type ?? ''} must be at most 50% of the variant's instance count.`
  }
  const { waitSeconds, terminationWaitSeconds, mostSeconds } = trafficPlan(options)
  if (mostSeconds !== undefined && mostSeconds <= waitSeconds + terminationWaitSeconds)
    return 'MaximumExecutionTimeoutInSeconds must be larger than the total waiting time.'
  return undefined
}

/** The share that comes next once `rollout` was watched long enough; null after the last. */
export function nextShare(plan: TrafficPlan, rollout: Rollout): number | null {
  return plan.shares.find((share) => share > rollout.share + 1e-9) ?? null
}
