import { ConfigError } from '../../../src/config/fault'
import type { ConfigFault } from '../../../src/config/fault'
import { loadDeploy } from '../../../src/config/load-deploy'

/** A model of the Hub on one instance. */
export const hubDeploy = `model:
  env: { HF_MODEL_ID: gpt2, HF_TASK: text-generation }
  transformersVersion: "4.26"
  pytorchVersion: "1.13"
  pyVersion: py39
deploy:
  initialInstanceCount: 1
  instanceType: ml.m5.xlarge
`

/** A trained model from S3, with a script. */
export const scriptDeploy = hubDeploy.replace(
  /env: .*/,
  `modelData: s3://models/model.tar.gz
  entryPoint: inference.py
  sourceDir: ./serve
  dependencies: [./lib]`,
)

/** The faults of a deployment; none when it loads. */
export async function deployFaultsOf(path: string): Promise<ConfigFault[]> {
  try {
    await loadDeploy({ path, env: {} })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}
