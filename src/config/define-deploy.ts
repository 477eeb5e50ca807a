import type { DeployInput } from './deploy-schema'

/**
 * A deployment written in TypeScript or JavaScript instead of YAML. It gives types and nothing else:
 * the checks are the same as for YAML and run when the file is loaded.
 *
 * @example
 * export default defineDeploy({
 *   model: {
 *     env: { HF_MODEL_ID: 'distilbert-base-uncased-distilled-squad', HF_TASK: 'question-answering' },
 *     transformersVersion: '4.26',
 *     pytorchVersion: '1.13',
 *     pyVersion: 'py39',
 *   },
 *   deploy: { initialInstanceCount: 1, instanceType: 'ml.m5.xlarge' },
 * })
 */
export function defineDeploy(config: DeployInput): DeployInput {
  return config
}
