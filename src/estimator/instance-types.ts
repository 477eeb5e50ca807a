/** What an instance type's and a region's name tell. */

import type { Accelerator, InferenceTool } from './image-table'

/** `ml.p4d.24xlarge` → `p4d`; undefined when it is no instance type. */
export function familyOf(instanceType: string | undefined): string | undefined {
  return /^ml[._]([a-z\d-]+)\.?\w*$/.exec(instanceType ?? '')?.[1]
}

/**
 * `undefined` for what runs neither kind of image: AWS's own accelerators (trn, inf), its Arm
 * processors, and what is no instance type.
 */
export function accelerator(instanceType: string | undefined): Accelerator | undefined {
  const family = familyOf(instanceType)
  if (instanceType === 'local_gpu') return 'gpu'
  if (instanceType === undefined || instanceType === 'local') return 'cpu'
  if (family === undefined || isArm(family)) return undefined
  if (family.startsWith('trn') || family.startsWith('inf')) return undefined
  return /^[gp]/.test(family) ? 'gpu' : 'cpu'
}

/** Of AWS Inferentia, whose two generations have software and images of their own. */
export function inferenceTool(instanceType: string | undefined): InferenceTool | undefined {
  const family = familyOf(instanceType)
  if (!family?.startsWith('inf')) return undefined
  return family === 'inf1' ? 'neuron' : 'neuronx'
}

/** Graviton families have a `g` behind the generation: c7g, m6gd, r8g, g5g. */
function isArm(family: string): boolean {
  return /^[a-z]+\d+g/.test(family)
}

/** AWS's own training accelerators take one way of distribution only. */
export function isTrainium(instanceType: string | undefined): boolean {
  return familyOf(instanceType)?.startsWith('trn') ?? false
}

/** Partitions by region name; from botocore's endpoints. */
const partitions = [
  { start: 'cn-', name: 'aws-cn', suffix: 'amazonaws.com.cn' },
  { start: 'us-gov-', name: 'aws-us-gov', suffix: 'amazonaws.com' },
  { start: 'us-isob-', name: 'aws-iso-b', suffix: 'sc2s.sgov.gov' },
  { start: 'us-isof-', name: 'aws-iso-f', suffix: 'csp.hci.ic.gov' },
  { start: 'eu-isoe-', name: 'aws-iso-e', suffix: 'cloud.adc-e.uk' },
  { start: 'us-iso-', name: 'aws-iso', suffix: 'c2s.ic.gov' },
]

export function dnsSuffix(region: string): string {
  return partitions.find(({ start }) => region.startsWith(start))?.suffix ?? 'amazonaws.com'
}

/** The partition in ARNs: `aws`, `aws-cn`, `aws-us-gov`, ... */
export function partitionOf(region: string): string {
  return partitions.find(({ start }) => region.startsWith(start))?.name ?? 'aws'
}

/**
 * Regions without SageMaker Debugger and Profiler: the SDK sends no DebugHookConfig there and a
 * disabled ProfilerConfig.
 */
const withoutDebugger = new Set([
  'us-iso-east-1',
  'us-isob-east-1',
  'ap-southeast-3',
  'ap-southeast-4',
  'eu-south-2',
  'me-central-1',
  'ap-south-2',
  'eu-central-2',
  'us-gov-east-1',
])

export function supportsDebugger(region: string): boolean {
  return !withoutDebugger.has(region)
}
