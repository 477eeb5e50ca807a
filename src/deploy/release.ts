/** A version of an endpoint that is deployed: frozen before it starts; plain JSON, for workflows too. */

import type { CreateEndpointConfigInput, CreateModelInput } from '@aws-sdk/client-sagemaker'
import type { RunSite } from '../run-site'
import type { Packing } from './packing'
import type { Rollout } from './rollout'

/** Where an endpoint lies; checked by the worker. */
export type ServeSite = Pick<RunSite, 'account' | 'region'>

export interface Release {
  endpointName: string
  /** Ten hexadecimal digits of what is deployed: the same content, the same names. */
  version: string
  /** Of the model and of the endpoint configuration alike. */
  name: string
  variantName: string
  /** In short: `reviews@3`, or where its files are. */
  source: string
  /** Sent as they are, but for the owner's tags. */
  model: CreateModelInput
  config: CreateEndpointConfigInput
  /** Of a model with a script of its own: what its archive is made from. */
  packing?: Packing
  rollout: Rollout
}

/** Where a deployment stands; kept in the workflow's memo. */
export interface DeploymentState {
  endpointName: string
  /** What the workflow does to it. */
  change: 'deploy' | 'rollback' | 'undeploy' | 'go back'
  version: string | null
  source: string | null
  phase: string
  outcome: 'running' | 'deployed' | 'unchanged' | 'rolled back' | 'removed' | 'failed'
  /** Endpoint configuration that serves, as far as is known. */
  configName: string | null
  /** The one before it: what `rollback` returns to. */
  previous: string | null
  error: { code: string; message: string; hint?: string } | null
}

/** One workflow at a time changes an endpoint. */
export function deploymentIdOf(endpointName: string): string {
  return `deploy-${endpointName}`
}

/** An endpoint as the workflow sees it. */
export interface EndpointView {
  arn: string
  /** The service's own word. */
  status: string
  /** Empty before the first deployment has succeeded. */
  configName: string
  /** Configuration that an update under way goes to. */
  pendingConfig: string | null
  failureReason: string | null
  variants: {
    name: string
    weight: number
    /** That it has, or is about to have; null: serverless. */
    instances: number | null
  }[]
  tags: Record<string, string>
}

/** Tags beside the owner's. */
export const serveTags = {
  /** Of an endpoint: the configuration before this one. */
  previous: 'holdfast:previous',
  /** Of a configuration with two versions in it: the one that the traffic came from. */
  from: 'holdfast:from',
  /** Of a configuration: `<min>/<max>/<requests>/<in>/<out>`. */
  autoscaling: 'holdfast:autoscaling',
  /** Of a configuration that begins with more instances than its deployment asked for: that number. */
  instances: 'holdfast:instances',
  /** Of a configuration: what it serves, in words. */
  source: 'holdfast:source',
  expiresAt: 'holdfast:expires-at',
  /** Of an endpoint: `<seconds>/<deployed at>`; see idle-tag.ts. */
  idleAfter: 'holdfast:idle-after',
} as const

/** Name of the configuration in which both versions stand, while the new one is tried. */
export function sharedConfigName(options: { release: Release; from: string }): string {
  const { release, from } = options
  const tail = `-from-${from.slice(-10).replace(/^-+/, '')}`
  return `${release.name.slice(0, 63 - tail.length)}${tail}`
}
