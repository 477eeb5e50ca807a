import type { DeployOptions } from '../estimator/endpoint-options'
import type { HuggingFaceModel } from '../estimator/hugging-face-model'
import type { DeployConfig } from './deploy-schema'
import { locate } from './locations'
import type { Base } from './locations'

/** A checked deployment, with absolute paths: plain JSON. */
export interface ResolvedDeployment {
  /** Without a role it is that of SAGEMAKER_ROLE_ARN. */
  model: Omit<HuggingFaceModel, 'role'> & { role?: string | undefined }
  deploy: DeployOptions
}

export function resolveDeploy({
  config,
  base,
}: {
  config: DeployConfig
  base: Base
}): ResolvedDeployment {
  const { model, deploy } = config
  const { entryPoint, sourceDir, dependencies } = model
  return {
    model: {
      ...model,
      // With a folder the script is named relative to it.
      ...(entryPoint !== undefined &&
        sourceDir === undefined && { entryPoint: locate(entryPoint, base) }),
      ...(sourceDir !== undefined && { sourceDir: locate(sourceDir, base) }),
      ...(dependencies && { dependencies: dependencies.map((path) => locate(path, base)) }),
    },
    deploy,
  }
}
