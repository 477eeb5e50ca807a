/** `distribution` → hyperparameters that tell the container how to launch the script. */

import { HoldfastError } from '../errors'
import type { InstanceGroup } from './hugging-face-estimator'
import { modelParallelFaults } from './model-parallel'
import type { PythonJsonValue } from './python-json'

/** Distributed training; the SDK's own names in snake case are read as well. */
export interface Distribution {
  smdistributed?: {
    dataparallel?: { enabled?: boolean; customMpiOptions?: string }
    /** `parameters` goes to the library as written. */
    modelparallel?: { enabled?: boolean; parameters?: Record<string, PythonJsonValue> }
  }
  mpi?: { enabled?: boolean; processesPerHost?: number; customMpiOptions?: string }
  torchDistributed?: { enabled?: boolean }
  pytorchddp?: { enabled?: boolean }
  pytorchxla?: { enabled?: boolean }
  parameterServer?: { enabled?: boolean }
  multiWorkerMirroredStrategy?: { enabled?: boolean }
  /** Name of the one group of a heterogeneous cluster that trains. */
  instanceGroups?: string[]
}

/** `custom_mpi_options` → `customMpiOptions`, but never inside the library's own `parameters`. */
export function readDistribution(given: Distribution): Distribution {
  const rename = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
        key === 'parameters' ? member : rename(member),
      ]),
    )
  }
  return rename(given) as Distribution
}

/** Parts of a distribution that are enabled and not sent, as the SDK drops them; in its own names. */
export function unsentParts(given: Distribution): string[] {
  const distribution = readDistribution(given)
  const taken = distribution.pytorchddp?.enabled
    ? 'pytorchddp'
    : !distribution.pytorchddp && distribution.torchDistributed?.enabled
      ? 'torchDistributed'
      : undefined
  if (taken === undefined) return []
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return Object.keys(distribution)
    .filter((part) => part !== taken && part !== 'instanceGroups')
    .map(
      (part) => `distribution.${snake(part)} is not sent: beside ${snake(taken)} nothing else is`,
    )
}

/**
 * `pytorchddp` and `torchDistributed` are exclusive: beside them nothing else is sent.
 *
 * @example
 * distributionHyperparameters({ distribution: { torchDistributed: { enabled: true } }, instanceType: 'ml.p4d.24xlarge' })
 * // { sagemaker_torch_distributed_enabled: true, sagemaker_instance_type: 'ml.p4d.24xlarge' }
 */
export function distributionHyperparameters(options: {
  distribution: Distribution
  instanceType?: string | undefined
  instanceGroups?: InstanceGroup[] | undefined
  imageUri?: string | undefined
}): Record<string, PythonJsonValue> {
  const { instanceType } = options
  const distribution = readDistribution(options.distribution)
  const type = instanceType === undefined ? {} : { sagemaker_instance_type: instanceType }
  if (distribution.pytorchddp?.enabled) return { sagemaker_pytorch_ddp_enabled: true, ...type }
  if (!distribution.pytorchddp && distribution.torchDistributed?.enabled) {
    return { sagemaker_torch_distributed_enabled: true, ...type }
  }
  const groups = trainingGroups(distribution, options.instanceGroups)
  const { pytorchxla, parameterServer, mpi, multiWorkerMirroredStrategy } = distribution
  return {
    ...(groups && { sagemaker_distribution_instance_groups: groups }),
    ...(pytorchxla && { sagemaker_pytorch_xla_multi_worker_enabled: pytorchxla.enabled ?? false }),
    ...(parameterServer && {
      sagemaker_parameter_server_enabled: parameterServer.enabled ?? false,
    }),
    ...(mpi && {
      sagemaker_mpi_enabled: mpi.enabled ?? false,
      ...(mpi.processesPerHost && {
        sagemaker_mpi_num_of_processes_per_host: mpi.processesPerHost,
      }),
      sagemaker_mpi_custom_mpi_options: mpi.customMpiOptions ?? '',
    }),
    ...smdistributedHyperparameters({ ...options, distribution }),
    ...(multiWorkerMirroredStrategy && {
      sagemaker_multi_worker_mirrored_strategy_enabled:
        multiWorkerMirroredStrategy.enabled ?? false,
    }),
  }
}

function smdistributedHyperparameters(options: {
  distribution: Distribution
  instanceType?: string | undefined
  instanceGroups?: InstanceGroup[] | undefined
  imageUri?: string | undefined
}): Record<string, PythonJsonValue> {
  const { smdistributed } = options.distribution
  if (!smdistributed) return {}
  const { dataparallel, modelparallel } = smdistributed
  // Version 2 of the library, launched by torchrun, runs there as well.
  if (!options.distribution.torchDistributed?.enabled) refuseUnsupported(options)
  const parameters = modelparallel?.enabled === true ? (modelparallel.parameters ?? {}) : {}
  const faults =
    typeof parameters === 'object'
      ? modelParallelFaults(parameters)
      : ['the parameters are a path: give what is in the file']
  if (faults.length > 0) {
    throw new HoldfastError({
      code: 'E_DISTRIBUTION',
      what: faults.join('; '),
      where: 'distribution.smdistributed.modelparallel.parameters',
    })
  }
  const enabled = dataparallel?.enabled ?? false
  return {
    // Without the prefix `sagemaker_`, so the script gets it as an argument too, as in the SDK.
    ...(Object.keys(parameters).length > 0 && { mp_parameters: parameters }),
    sagemaker_distributed_dataparallel_enabled: enabled,
    sagemaker_instance_type: options.instanceType ?? null,
    ...(enabled && {
      sagemaker_distributed_dataparallel_custom_mpi_options: dataparallel?.customMpiOptions ?? '',
    }),
  }
}

/** The one group that trains; a cluster's only group is meant without being named. */
export function trainingGroups(
  distribution: Distribution,
  groups: InstanceGroup[] | undefined,
): string[] | undefined {
  const named = distribution.instanceGroups
  if (groups?.length === 1 && !named?.length) return groups.map((g) => g.instanceGroupName)
  return named
}

function refuseUnsupported(options: {
  instanceType?: string | undefined
  instanceGroups?: InstanceGroup[] | undefined
  imageUri?: string | undefined
}): void {
  const types = options.instanceType
    ? [options.instanceType]
    : (options.instanceGroups ?? []).map((group) => group.instanceType)
  const refuse = (what: string, where: string): never => {
    throw new HoldfastError({ code: 'E_DISTRIBUTION', what, where, hint: 'use torch_distributed' })
  }
  if (types.some((type) => type.includes('p5.48xlarge'))) {
    refuse('smdistributed does not run on p5 instances', 'distribution.smdistributed')
  }
  if (options.imageUri?.includes('2.0.1-gpu-py310-cu121')) {
    refuse(`the image ${options.imageUri} has no smdistributed libraries`, 'imageUri')
  }
}
