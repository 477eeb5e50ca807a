import type { Rollout } from '../deploy/rollout'
import type { DeployOptions } from '../estimator/endpoint-options'
import type { HuggingFaceModel } from '../estimator/hugging-face-model'
import type { DeployConfig } from './deploy-schema'
import { locate } from './locations'
import type { Base } from './locations'

/** A checked model, with absolute paths: plain JSON. */
export interface ServedModel {
  /** Without a role it is that of SAGEMAKER_ROLE_ARN. */
  model: Omit<HuggingFaceModel, 'role'> & { role?: string | undefined }
  /** The model that a pipeline published, in place of `model.modelData`. */
  published?: PublishedModel
}

/** A checked deployment, with absolute paths: plain JSON. */
export interface ResolvedDeployment extends ServedModel {
  deploy: DeployOptions
  rollout?: Rollout
}

export interface PublishedModel {
  name: string
  /** Absent: the champion. */
  version?: number
  /** `s3://` prefix of Holdfast's things; absent: in the default bucket. */
  storage?: string
}

export function resolveDeploy({
  config,
  base,
}: {
  config: DeployConfig
  base: Base
}): ResolvedDeployment {
  const { deploy, probe, canary, alarms, ttl, idleAfter, autoscaling } = config
  const rollout: Rollout = {
    ...(probe && { probe }),
    ...(canary && { canary: { percent: canary.percent, bakeSeconds: canary.bake } }),
    ...(alarms && { alarms }),
    ...(ttl !== undefined && { ttlSeconds: ttl }),
    ...(idleAfter !== undefined && { idleSeconds: idleAfter }),
    ...(autoscaling && { autoscaling }),
  }
  return {
    ...resolveServingModel({ model: config.model, base }),
    ...(Object.keys(rollout).length > 0 && { rollout }),
    deploy,
  }
}

export function resolveServingModel(options: {
  model: DeployConfig['model']
  base: Base
}): ServedModel {
  const { base } = options
  const { published, version, storage, ...model } = options.model
  const { entryPoint, sourceDir, dependencies } = model
  return {
    ...(published !== undefined && {
      published: {
        name: published,
        ...(version !== undefined && { version }),
        ...(storage !== undefined && { storage }),
      },
    }),
    model: {
      ...model,
      // With a folder the script is named relative to it.
      ...(entryPoint !== undefined &&
        sourceDir === undefined && { entryPoint: locate(entryPoint, base) }),
      ...(sourceDir !== undefined && { sourceDir: locate(sourceDir, base) }),
      ...(dependencies && { dependencies: dependencies.map((path) => locate(path, base)) }),
    },
  }
}
