/**
 * GPUs of instance types, after AWS's published specifications of its instance families ("GPU jobs" in
 * the AWS Batch user guide has most of them in one table). A type that is not here is not known, and
 * nothing is guessed about it.
 */

export interface InstanceGpus {
  count: number
  /** GiB of all GPUs together. */
  memory: number
}

/** Family, then sizes by their GPUs; memory is that of one GPU. */
const families: { family: string; memory: number; sizes: Record<number, string> }[] = [
  {
    family: 'g4dn',
    memory: 16,
    sizes: { 1: 'xlarge 2xlarge 4xlarge 8xlarge 16xlarge', 4: '12xlarge' },
  },
  {
    family: 'g5',
    memory: 24,
    sizes: { 1: 'xlarge 2xlarge 4xlarge 8xlarge 16xlarge', 4: '12xlarge 24xlarge', 8: '48xlarge' },
  },
  {
    family: 'g6',
    memory: 24,
    sizes: { 1: 'xlarge 2xlarge 4xlarge 8xlarge 16xlarge', 4: '12xlarge 24xlarge', 8: '48xlarge' },
  },
  {
    family: 'g6e',
    memory: 48,
    sizes: { 1: 'xlarge 2xlarge 4xlarge 8xlarge 16xlarge', 4: '12xlarge 24xlarge', 8: '48xlarge' },
  },
  { family: 'p2', memory: 12, sizes: { 1: 'xlarge', 8: '8xlarge', 16: '16xlarge' } },
  { family: 'p3', memory: 16, sizes: { 1: '2xlarge', 4: '8xlarge', 8: '16xlarge' } },
  { family: 'p3dn', memory: 32, sizes: { 8: '24xlarge' } },
  { family: 'p4d', memory: 40, sizes: { 8: '24xlarge' } },
  { family: 'p4de', memory: 80, sizes: { 8: '24xlarge' } },
  { family: 'p5', memory: 80, sizes: { 1: '4xlarge', 8: '48xlarge' } },
  { family: 'p5e', memory: 141, sizes: { 8: '48xlarge' } },
  { family: 'p5en', memory: 141, sizes: { 8: '48xlarge' } },
]

const table = new Map(
  families.flatMap(({ family, memory, sizes }) =>
    Object.entries(sizes).flatMap(([count, names]) =>
      names
        .split(' ')
        .map((size): [string, InstanceGpus] => [
          `ml.${family}.${size}`,
          { count: Number(count), memory: memory * Number(count) },
        ]),
    ),
  ),
)

/**
 * Undefined for a type that is not known.
 *
 * @example
 * gpusOf('ml.p4d.24xlarge') // { count: 8, memory: 320 }
 * gpusOf('ml.m5.xlarge') // { count: 0, memory: 0 }
 */
export function gpusOf(instanceType: string): InstanceGpus | undefined {
  // Of these letters no family has a GPU or another accelerator.
  if (/^ml\.[cmrt]\d/.test(instanceType)) return { count: 0, memory: 0 }
  return table.get(instanceType)
}
