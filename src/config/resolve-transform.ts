import type { Transform, Transformer } from '../estimator/transform-options'
import { locate } from './locations'
import type { Base } from './locations'
import { resolveServingModel, type ServedModel } from './resolve-deploy'
import type { TransformConfig } from './transform-schema'

/** A checked batch transform, with absolute paths: plain JSON. */
export interface ResolvedTransform extends ServedModel {
  name: string
  transformer: Transformer
  /** `data` is an `s3://` URI, or the absolute path of a file or folder. */
  transform: Transform
  /** Seconds after which the job is stopped. */
  maxRun: number
}

export function resolveTransform(options: {
  config: TransformConfig
  base: Base
}): ResolvedTransform {
  const { config, base } = options
  const { name, model, transform } = config
  const { data, contentType, splitType, compressionType, maxRun, ...rest } = transform
  const { inputFilter, joinSource, outputFilter, modelClientConfig, ...transformer } = rest
  return {
    name,
    ...resolveServingModel({ model, base }),
    transformer: { instanceCount: 1, ...transformer },
    transform: {
      data: locate(data, base),
      ...{ contentType, splitType, compressionType },
      ...{ inputFilter, joinSource, outputFilter, modelClientConfig },
    },
    maxRun,
  }
}
