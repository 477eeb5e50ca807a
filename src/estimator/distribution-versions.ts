/** What the SDK refuses about `distribution`, before it builds a request. */

import { HoldfastError } from '../errors'
import { readDistribution, trainingGroups } from './distribution'
import type { Distribution } from './distribution'
import type { HuggingFaceEstimator } from './hugging-face-estimator'
import type { Framework } from './image-table'
import { accelerator, isTrainium } from './instance-types'

/** Framework versions with the data-parallel library, as the SDK lists them: word for word. */
const smddpVersions: Record<Framework, string> = {
  tensorflow:
    '2.3 2.3.1 2.3.2 2.4 2.4.1 2.4.3 2.5 2.5.0 2.5.1 2.6 2.6.0 2.6.2 2.6.3 2.7 2.7.1 2.8 2.8.0 2.9 2.9.1 2.9.2 2.10 2.10.1 2.11 2.11.0',
  pytorch:
    '1.6 1.6.0 1.7 1.7.1 1.8 1.8.0 1.8.1 1.9 1.9.0 1.9.1 1.10 1.10.0 1.10.2 1.11 1.11.0 1.12 1.12.0 1.12.1 1.13.1 2.0.0 2.0.1 2.1.0 2.1.2 2.2.0',
}

/** In full only: `2.3.0` passes and `2.3` does not. The last one is of the SDK's third version. */
const torchDistributedVersions =
  '1.13.1 2.0.0 2.0.1 2.1.0 2.1.2 2.2.0 2.3.0 2.3.1 2.4.1 2.5.1 2.6.0 2.7.1 2.8.0 2.9.0'
const trainiumVersions = '1.11 1.11.0 1.12 1.12.0 1.12.1 1.13.1 2.0.0'

/** Throws for a distribution that the SDK refuses. */
export function checkDistribution(estimator: HuggingFaceEstimator): void {
  if (!estimator.distribution) return
  const distribution = readDistribution(estimator.distribution)
  checkGroups(distribution, estimator)
  const named = trainingGroups(distribution, estimator.instanceGroups)
  const types = named?.length
    ? (estimator.instanceGroups ?? [])
        .filter((group) => named.includes(group.instanceGroupName))
        .map((group) => group.instanceType)
    : [estimator.instanceType]
  for (const type of types) checkOneType(distribution, estimator, type)
}

function refuse(what: string, where: string, hint?: string): never {
  throw new HoldfastError({ code: 'E_DISTRIBUTION', what, where, hint })
}

function checkGroups(distribution: Distribution, estimator: HuggingFaceEstimator): void {
  const where = 'distribution.instanceGroups'
  const groups = estimator.instanceGroups
  const named = distribution.instanceGroups ?? []
  if (!groups) {
    if (named.length > 0) refuse('the estimator has no instance groups', where)
    return
  }
  if (groups.length > 1 && named.length !== 1) {
    refuse('exactly one of several instance groups can train', where, 'name one group')
  }
  const known = groups.map((group) => group.instanceGroupName)
  const stranger = named.find((name) => !known.includes(name))
  if (stranger !== undefined) {
    refuse(`there is no instance group ${stranger}`, where, `groups: ${known.join(', ')}`)
  }
  const { pytorchddp, torchDistributed, mpi, smdistributed } = distribution
  const exclusive = pytorchddp?.enabled || (!pytorchddp && torchDistributed?.enabled)
  if (!exclusive && !mpi?.enabled && !smdistributed?.dataparallel?.enabled) {
    refuse('an instance group is named, but no strategy is enabled', where)
  }
}

function checkOneType(
  distribution: Distribution,
  estimator: HuggingFaceEstimator,
  instanceType: string | undefined,
): void {
  const keys = Object.keys(distribution)
  if (isTrainium(instanceType) && (keys.length > 1 || keys.some((k) => k !== 'torchDistributed'))) {
    refuse(`${instanceType} takes torch_distributed only`, 'distribution')
  }
  checkSmdistributed(distribution, estimator, instanceType)
  checkTorchDistributed(distribution, estimator, instanceType)
  if (distribution.pytorchxla && !estimator.compilerConfig) {
    refuse('pytorchxla needs compilerConfig', 'distribution.pytorchxla')
  }
  checkMirroredStrategy(distribution)
}

function checkSmdistributed(
  distribution: Distribution,
  estimator: HuggingFaceEstimator,
  instanceType: string | undefined,
): void {
  const where = 'distribution.smdistributed'
  const { smdistributed } = distribution
  if (!smdistributed) return
  if (Object(smdistributed) !== smdistributed) refuse('smdistributed takes a strategy', where)
  const strategies = Object.keys(smdistributed)
  if (strategies.length > 1) {
    refuse('two smdistributed strategies at once', where, 'keep dataparallel or modelparallel')
  }
  const unknown = strategies.find((name) => !['dataparallel', 'modelparallel'].includes(name))
  if (unknown !== undefined) {
    refuse(`smdistributed has no ${unknown}`, where, 'use dataparallel or modelparallel')
  }
  const { modelparallel } = smdistributed
  const withTorchrun = modelparallel !== undefined && distribution.torchDistributed !== undefined
  if (withTorchrun && modelparallel.enabled !== false && estimator.imageUri === undefined) {
    refuse(
      'the Hugging Face containers have no version 2 of the model-parallel library',
      `${where}.modelparallel`,
      'set imageUri to an image with the library, or use mpi in place of torch_distributed',
    )
  }
  if (!smdistributed.dataparallel?.enabled) return
  if (!instanceType) refuse('smdistributed.dataparallel needs an instanceType', 'instanceType')
  if (estimator.imageUri) return
  const framework = estimator.tensorflowVersion === undefined ? 'pytorch' : 'tensorflow'
  const version = estimator.tensorflowVersion ?? estimator.pytorchVersion ?? ''
  if (!smddpVersions[framework].split(' ').includes(version)) {
    refuse(
      `${framework} ${version} has no smdistributed.dataparallel`,
      `${framework}Version`,
      `versions that have it: ${smddpVersions[framework]}; or use torch_distributed`,
    )
  }
}

function checkTorchDistributed(
  distribution: Distribution,
  estimator: HuggingFaceEstimator,
  instanceType: string | undefined,
): void {
  if (!distribution.torchDistributed?.enabled || estimator.tensorflowVersion !== undefined) return
  if (!estimator.entryPoint.endsWith('.py')) {
    refuse('torch_distributed launches Python scripts only', 'entryPoint')
  }
  if (estimator.imageUri) return
  const trainium = isTrainium(instanceType)
  if (!trainium && accelerator(instanceType) !== 'gpu') {
    refuse(
      `torch_distributed does not run on ${instanceType}`,
      'instanceType',
      'use a GPU instance',
    )
  }
  const supported = trainium ? trainiumVersions : torchDistributedVersions
  const version = estimator.pytorchVersion ?? ''
  if (!supported.split(' ').includes(version)) {
    refuse(
      `torch_distributed does not know pytorch ${version}`,
      'pytorchVersion',
      `write the version in full, one of: ${supported}`,
    )
  }
}

function checkMirroredStrategy(distribution: Distribution): void {
  if (distribution.multiWorkerMirroredStrategy?.enabled) {
    refuse(
      'the Hugging Face containers have no multiWorkerMirroredStrategy',
      'distribution.multiWorkerMirroredStrategy',
    )
  }
}
