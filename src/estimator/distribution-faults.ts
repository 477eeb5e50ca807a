/** Ways of distribution that the SDK sends and that then do not distribute anything. */

import { didYouMean } from '../config/did-you-mean'
import { readDistribution, trainingGroups } from './distribution'
import type { Distribution } from './distribution'
import type { EstimatorFault } from './estimator-fault'
import type { HuggingFaceEstimator } from './hugging-face-estimator'

/** Instance types with the smdistributed data-parallel library: the SDK's own list, which it does not use. */
const smddpTypes = ['ml.p3.16xlarge', 'ml.p3dn.24xlarge', 'ml.p4d.24xlarge', 'ml.p4de.24xlarge']

/** What the SDK knows, and what it knows of it; null: nothing is said of its members. */
const keys: Record<string, string[] | null> = {
  smdistributed: ['dataparallel', 'modelparallel'],
  mpi: ['enabled', 'processesPerHost', 'customMpiOptions'],
  torchDistributed: ['enabled'],
  pytorchddp: ['enabled', 'customMpiOptions'],
  pytorchxla: ['enabled'],
  parameterServer: ['enabled'],
  multiWorkerMirroredStrategy: ['enabled'],
  instanceGroups: null,
}
const smdistributedKeys: Record<string, string[]> = {
  dataparallel: ['enabled', 'customMpiOptions'],
  modelparallel: ['enabled', 'parameters'],
}

export function distributionFaults(estimator: HuggingFaceEstimator): EstimatorFault[] {
  if (!estimator.distribution) return []
  const distribution = readDistribution(estimator.distribution)
  return [
    ...unknownKeys(distribution),
    ...smddpFaults(distribution, estimator),
    ...modelParallelFaults(distribution),
  ]
}

function unknownKeys(distribution: Distribution): EstimatorFault[] {
  const known = Object.keys(keys)
  return Object.entries(distribution).flatMap(([key, value]) => {
    if (!(key in keys)) return [strangerIn({ path: key, key, known })]
    const { smdistributed } = distribution
    return [
      ...mistypedIn({ path: key, value, known: keys[key] ?? [] }),
      ...(key === 'smdistributed' ? Object.entries(smdistributed ?? {}) : []).flatMap(
        ([strategy, inner]) =>
          mistypedIn({
            path: `smdistributed.${strategy}`,
            value: inner,
            known: smdistributedKeys[strategy] ?? [],
          }),
      ),
    ]
  })
}

/** Inside a strategy only what looks mistyped: a newer SDK may know more members. */
function mistypedIn(options: { path: string; value: unknown; known: string[] }): EstimatorFault[] {
  const { path, value, known } = options
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.keys(value)
    .filter((key) => !known.includes(key) && didYouMean(key, known) !== undefined)
    .map((key) => strangerIn({ path: `${path}.${key}`, key, known }))
}

function strangerIn(options: { path: string; key: string; known: string[] }): EstimatorFault {
  const { path, key, known } = options
  const meant = didYouMean(key, known)
  return {
    code: 'E_DISTRIBUTION_KEY',
    field: `distribution.${path}`,
    what: `distribution has no ${path}: the SDK would ignore it, and train without it`,
    hint: meant === undefined ? `known keys: ${known.join(', ')}` : `did you mean ${meant}?`,
  }
}

function smddpFaults(
  { smdistributed, ...distribution }: Distribution,
  estimator: HuggingFaceEstimator,
): EstimatorFault[] {
  if (!smdistributed?.dataparallel?.enabled) return []
  const { instanceType, instanceGroups } = estimator
  const named = trainingGroups(distribution, instanceGroups) ?? []
  const types = instanceGroups
    ?.filter(({ instanceGroupName }) => named.includes(instanceGroupName))
    .map((group) => group.instanceType) ?? [instanceType]
  return types
    .filter((type) => type !== undefined && type !== 'local_gpu' && !smddpTypes.includes(type))
    .map((type) => ({
      code: 'E_SMDDP_INSTANCE',
      field: instanceGroups ? 'instanceGroups' : 'instanceType',
      what: `smdistributed.dataparallel does not run on ${type}`,
      hint: `use ${smddpTypes.join(', ')}, or torch_distributed`,
    }))
}

/** Version 1 of the library is launched by MPI, version 2 by torchrun. */
function modelParallelFaults({
  smdistributed,
  mpi,
  torchDistributed,
}: Distribution): EstimatorFault[] {
  const launched = mpi?.enabled === true || torchDistributed?.enabled === true
  if (!smdistributed?.modelparallel?.enabled || launched) return []
  return [
    {
      code: 'E_MODEL_PARALLEL_MPI',
      field: 'distribution.mpi',
      what: 'smdistributed.modelparallel is launched by MPI, which is not enabled',
      hint: 'add mpi: { enabled: true, processes_per_host: <GPUs of the instance> }',
    },
  ]
}
