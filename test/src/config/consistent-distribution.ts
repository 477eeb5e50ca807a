/** Distribution and the compiler, made to fit the rest of a random config; see consistent.ts. */

import type { Config } from './consistent'

/** An instance type with all of SageMaker's libraries. */
const librariesType = 'ml.p4d.24xlarge'

export function mendDistribution(train: Config): void {
  const distribution = train['distribution'] as Config | undefined
  if (!distribution) return
  if (distribution['pytorchxla']) return mendXla(train, distribution['pytorchxla'])
  const mirrored = distribution['multi_worker_mirrored_strategy'] as Config | undefined
  if (mirrored) mirrored['enabled'] = false
  const libraries = (distribution['smdistributed'] ?? {}) as Config
  if (libraries['modelparallel']) {
    delete libraries['dataparallel']
    distribution['mpi'] = { ...(distribution['mpi'] as Config), enabled: true }
    mendParameters(((libraries['modelparallel'] as Config)['parameters'] ?? {}) as Config)
  }
  if ((libraries['dataparallel'] as Config | undefined)?.['enabled'] === true) mendTypes(train)
}

/** It goes with the compiler, and with nothing else. */
function mendXla(train: Config, pytorchxla: unknown): void {
  mendCompiler(train)
  Object.assign(train, { compilerConfig: {}, distribution: { pytorchxla } })
}

/** The newest versions that the compiler has an image for. */
export function mendCompiler(train: Config): void {
  const others = ['imageUri', 'distribution', 'tensorflowVersion', 'instanceGroups', 'placements']
  for (const key of others) delete train[key]
  Object.assign(train, {
    transformersVersion: '4.21.1',
    pytorchVersion: '1.11.0',
    pyVersion: 'py38',
    instanceType: 'ml.p3.2xlarge',
  })
}

function mendParameters(parameters: Config): void {
  if ('default_partition' in parameters || parameters['auto_partition'] === false) {
    Object.assign(parameters, { default_partition: 0, partitions: 2 })
  }
  if ('ddp_port' in parameters || 'ddp_dist_backend' in parameters) parameters['ddp'] = true
  if (parameters['ddp'] === true) delete parameters['horovod']
}

function mendTypes(train: Config): void {
  if ('instanceType' in train) train['instanceType'] = librariesType
  for (const key of ['placements', 'instanceGroups']) {
    for (const each of (train[key] ?? []) as Config[]) each['instanceType'] = librariesType
  }
}
