/** SageMaker Training Compiler: images and hyperparameters of its own. */

import { HoldfastError } from '../errors'
import type { HuggingFaceEstimator } from './hugging-face-estimator'
import { familyOf } from './instance-types'
import type { PythonJsonValue } from './python-json'
import { compareVersions } from './versions'

const families = ['p3', 'p3dn', 'g4dn', 'p4d', 'g5']

export function compilerHyperparameters(
  estimator: HuggingFaceEstimator,
): Record<string, PythonJsonValue> {
  const { compilerConfig } = estimator
  if (!compilerConfig) return {}
  return {
    sagemaker_training_compiler_enabled: compilerConfig.enabled ?? true,
    sagemaker_training_compiler_debug_mode: compilerConfig.debug ?? false,
  }
}

/** Throws for what the SDK refuses beside `compilerConfig`. */
export function checkCompiler(estimator: HuggingFaceEstimator): void {
  if (!estimator.compilerConfig) return
  const refuse = (what: string, where: string): never => {
    throw new HoldfastError({
      code: 'E_COMPILER',
      what,
      where,
      hint: 'see the Training Compiler section of the SageMaker documentation, or leave compilerConfig out',
    })
  }
  const { pytorchVersion, distribution } = estimator
  const family = familyOf(estimator.instanceType)
  if (estimator.instanceGroups) refuse('the compiler wants one kind of instance', 'instanceGroups')
  if (family !== undefined && !families.includes(family)) {
    refuse(`the compiler runs on ${families.join(', ')} only`, 'instanceType')
  }
  if (estimator.imageUri) refuse('the compiler brings its own images', 'imageUri')
  if (distribution?.smdistributed) {
    refuse('the compiler and smdistributed exclude each other', 'distribution.smdistributed')
  }
  if (pytorchVersion === undefined) {
    if (distribution?.pytorchxla?.enabled) refuse('pytorchxla needs PyTorch', 'distribution')
    return
  }
  if (compareVersions(pytorchVersion, '1.9') < 0 || compareVersions(pytorchVersion, '1.11') > 0) {
    refuse(`the compiler supports PyTorch 1.9 to 1.11, not ${pytorchVersion}`, 'pytorchVersion')
  }
  const withXla = compareVersions(pytorchVersion, '1.11') >= 0
  if (distribution?.pytorchxla?.enabled && !withXla) {
    refuse('pytorchxla needs PyTorch 1.11', 'distribution.pytorchxla')
  }
  if (distribution && Object.keys(distribution).length > 0 && !distribution.pytorchxla && withXla) {
    refuse('with PyTorch 1.11 the compiler distributes by pytorchxla only', 'distribution')
  }
}
