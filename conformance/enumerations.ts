/**
 * The SDK's enumerations (release 2.257.7), which a case writes in one of several ways: `{"$":
 * "Class", "$args": [value]}`, `{"$": "Class", "value": value}`, `{"$": "Class", "$member": name}`,
 * `{"$": "Class.NAME"}` and `{"$enum": "Class.NAME"}`.
 */

import type { JsonObject } from './kind'

/** The value of each member, by class. */
const enumerations: Record<string, Record<string, string>> = {
  EndpointType: {
    MODEL_BASED: 'ModelBased',
    INFERENCE_COMPONENT_BASED: 'InferenceComponentBased',
  },
  ModelCardStatusEnum: {
    DRAFT: 'Draft',
    PENDING_REVIEW: 'PendingReview',
    APPROVED: 'Approved',
    ARCHIVED: 'Archived',
  },
  PythonProfiler: { CPROFILE: 'cprofile', PYINSTRUMENT: 'pyinstrument' },
  RoutingStrategy: {
    RANDOM: 'RANDOM',
    LEAST_OUTSTANDING_REQUESTS: 'LEAST_OUTSTANDING_REQUESTS',
  },
  WarmStartTypes: {
    IDENTICAL_DATA_AND_ALGORITHM: 'IdenticalDataAndAlgorithm',
    TRANSFER_LEARNING: 'TransferLearning',
  },
  cProfileTimer: {
    TOTAL_TIME: 'total_time',
    CPU_TIME: 'cpu_time',
    OFF_CPU_TIME: 'off_cpu_time',
    DEFAULT: 'default',
  },
}

/**
 * The value of an enumeration's member; undefined for what is none.
 *
 * @example
 * enumerationValue({ $: 'WarmStartTypes.TRANSFER_LEARNING' }) // 'TransferLearning'
 */
export function enumerationValue(object: JsonObject): string | undefined {
  const name = object['$enum'] ?? object['$']
  if (typeof name !== 'string') return undefined
  const [type = '', member] = name.split('.')
  const members = enumerations[type]
  if (!members) return undefined
  const [first] = Array.isArray(object['$args']) ? object['$args'] : []
  const given = member ?? object['$member'] ?? object['value'] ?? first
  return typeof given === 'string' ? (members[given] ?? given) : undefined
}
