/** How many GPUs an instance type has. */

import { accelerator, familyOf } from '../../../estimator/instance-types'

/**
 * The sizes with more than one GPU. From `instance_gpu_info.json` of the SageMaker Python SDK 2.257.7
 * (Apache-2.0); g6, g6e, p5e and p5en from Amazon's page on accelerated EC2 instances.
 */
const several: Record<string, Record<string, number>> = {
  g4dn: { '12xlarge': 4 },
  g5: { '12xlarge': 4, '24xlarge': 4, '48xlarge': 8 },
  g6: { '12xlarge': 4, '24xlarge': 4, '48xlarge': 8 },
  g6e: { '12xlarge': 4, '24xlarge': 4, '48xlarge': 8 },
  p2: { '8xlarge': 8, '16xlarge': 16 },
  p3: { '8xlarge': 4, '16xlarge': 8 },
  p3dn: { '24xlarge': 8 },
  p4d: { '24xlarge': 8 },
  p4de: { '24xlarge': 8 },
  p5: { '48xlarge': 8 },
  p5e: { '48xlarge': 8 },
  p5en: { '48xlarge': 8 },
}

/**
 * @example
 * gpuCount('ml.p3.8xlarge') // 4
 * gpuCount('ml.m5.xlarge') // 0
 */
export function gpuCount(instanceType: string): number {
  if (accelerator(instanceType) !== 'gpu') return 0
  return several[familyOf(instanceType) ?? '']?.[instanceType.split('.').at(-1) ?? ''] ?? 1
}
