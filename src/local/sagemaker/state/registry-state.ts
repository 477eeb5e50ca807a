/** What sagemaker-local remembers besides jobs: the model registry and tags. */

import type { Json } from '../json'

export interface Tag {
  Key: string
  Value: string
}

export interface ModelPackageGroup {
  name: string
  arn: string
  description?: string
  /** Epoch seconds. */
  creationTime: number
  /** Counts every version ever made: the number of a deleted version is not given out again. */
  lastVersion: number
}

export interface ModelPackage {
  arn: string
  /** Absent for an unversioned package, which has a name instead. */
  group?: string
  version?: number
  name?: string
  /** Epoch seconds. */
  creationTime: number
  lastModifiedTime?: number
  /** The members of CreateModelPackage and UpdateModelPackage that DescribeModelPackage answers. */
  details: Json
}

export interface RegistryState {
  version: 1
  groups: Record<string, ModelPackageGroup>
  packages: Record<string, ModelPackage>
  /** By ClientToken: which request it came with and which package it made. */
  clientTokens: Record<string, { fingerprint: string; arn: string }>
  /** By ARN. A job's tags come here only when changed; until then they are those of its request. */
  tags: Record<string, Tag[]>
}

export const emptyState: RegistryState = {
  version: 1,
  groups: {},
  packages: {},
  clientTokens: {},
  tags: {},
}
