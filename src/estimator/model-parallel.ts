/** The checks that the SDK makes on the parameters of smdistributed model parallelism. */

import type { PythonJsonValue } from './python-json'

const choices: Record<string, (string | boolean)[]> = {
  pipeline: ['simple', 'interleaved', '_only_forward'],
  placement_strategy: ['spread', 'cluster'],
  optimize: ['speed', 'memory'],
  auto_partition: [true, false],
  contiguous: [true, false],
  load_partition: [true, false],
  horovod: [true, false],
  ddp: [true, false],
  deterministic_server: [true, false],
}

const counts = ['microbatches', 'partitions', 'active_microbatches']

/** Each fault as a sentence; none for parameters that the SDK would send. */
export function modelParallelFaults(parameters: Record<string, PythonJsonValue>): string[] {
  const faults: string[] = []
  const check = (good: boolean, fault: string): void => {
    if (!good) faults.push(fault)
  }
  const given = (key: string): boolean => parameters[key] !== undefined
  for (const [key, allowed] of Object.entries(choices)) {
    check(
      !given(key) || allowed.some((one) => one === parameters[key]),
      `${key} must be one of ${allowed.join(', ')}`,
    )
  }
  for (const key of counts) {
    const value = parameters[key]
    check(!given(key) || isWhole(value, 1), `${key} must be a whole number above 0`)
  }
  const { default_partition, partitions, memory_weight, ddp_port, partition_file } = parameters
  check(
    parameters['auto_partition'] !== false || given('default_partition'),
    'default_partition is needed when auto_partition is false',
  )
  check(
    typeof default_partition !== 'number' ||
      (typeof partitions === 'number' && default_partition < partitions),
    'default_partition must be less than partitions',
  )
  check(
    typeof memory_weight !== 'number' || (memory_weight >= 0 && memory_weight <= 1),
    'memory_weight must lie between 0.0 and 1.0',
  )
  check(!given('ddp_port') || isWhole(ddp_port, 0), 'ddp_port must be a port number')
  check(!given('ddp_port') || given('ddp'), 'ddp_port needs ddp')
  check(!given('ddp_dist_backend') || given('ddp'), 'ddp_dist_backend needs ddp')
  check(
    parameters['horovod'] !== true || parameters['ddp'] !== true,
    'ddp and horovod cannot both be true',
  )
  check(
    partition_file === undefined || typeof partition_file === 'string',
    'partition_file must be a path',
  )
  return faults
}

function isWhole(value: PythonJsonValue, least: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least
}
