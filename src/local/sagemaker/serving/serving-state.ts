/** What sagemaker-local remembers of serving: models, endpoint configurations, endpoints, transforms. */

import type { Json } from '../json'
import { openStateFile, type StateFile } from '../state/state-file'

/** A thing that is made once and never changes: its request says all of it. */
export interface Made {
  name: string
  arn: string
  /** Epoch seconds, as all times here. */
  creationTime: number
  request: Json
}

/** What a container needs, taken over when it is deployed: the model may be deleted afterwards. */
export interface Container {
  modelName: string
  image: string
  /** The model's archive, a prefix of its files, or nothing (HF_MODEL_ID). */
  model?: { uri: string; form: 'archive' | 'files' }
  environment: Record<string, string>
}

/** One production variant and the start of it that serves. */
export interface Variant {
  name: string
  container: Container
  weight: number
  /** The members of the configuration's variant. */
  request: Json
  /** Names the folder of the start, `run-<id>`, and its log stream. */
  instance: string
  resolvedAt: number
}

export interface Deployment {
  configName: string
  variants: Variant[]
}

/** How far the traffic has gone from `live` to `next`, once all of `next` is healthy. */
export interface Rollout {
  /** Share of the requests that `next` answers, 0 to 1. */
  share: number
  /** When the share became what it is. */
  since: number
}

/** A fleet that answers nothing any more, kept until `until`. */
export interface Retired extends Deployment {
  until: number
}

export type EndpointStatus =
  | 'Creating'
  | 'InService'
  | 'Updating'
  | 'Failed'
  | 'Deleting'
  /** These two only where the scenario asks for them. */
  | 'OutOfService'
  | 'UpdateRollbackFailed'

export interface Endpoint extends Made {
  status: EndpointStatus
  failureReason?: string
  lastModifiedTime: number
  /** The request's DeploymentConfig, of the last create or update. */
  deploymentConfig?: Json
  /** The configuration's AsyncInferenceConfig. */
  asyncConfig?: Json
  /** What serves; nothing before the first deployment has succeeded. */
  live?: Deployment
  /** What is being started, to take the place of `live`. */
  next?: Deployment & { asyncConfig?: Json; startedAt?: number }
  /** Only while traffic moves from `live` to `next`. */
  rollout?: Rollout
  /** What an update replaced, for its TerminationWaitInSeconds. */
  retired?: Retired
}

export type TransformStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped'

export interface Transform extends Made {
  status: TransformStatus
  failureReason?: string
  lastModifiedTime: number
  startTime?: number
  endTime?: number
  container: Container
  /** As of a variant; a new one for each start. */
  instance: string
}

export interface ServingState {
  version: 1
  models: Record<string, Made>
  configs: Record<string, Made>
  endpoints: Record<string, Endpoint>
  transforms: Record<string, Transform>
}

/** The request that made what has this ARN. */
export function servedRequest(state: ServingState, arn: string): Json | undefined {
  const { models, configs, endpoints, transforms } = state
  const tables: Record<string, Made>[] = [models, configs, endpoints, transforms]
  return tables.flatMap(Object.values<Made>).find((made) => made.arn === arn)?.request
}

export type ServingStore = StateFile<ServingState>

export function openServingStore(options: { file: string }): Promise<ServingStore> {
  const empty = { version: 1 as const, models: {}, configs: {}, endpoints: {}, transforms: {} }
  return openStateFile<ServingState>({ file: options.file, empty })
}
