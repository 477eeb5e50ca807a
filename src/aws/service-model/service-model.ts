/** The constraints of the real services, read from the committed service-model.json. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../package-root'

export type ServiceName = 'sagemaker' | 'logs' | 'sqs' | 'sts' | 'sagemaker-runtime' | 'cloudwatch'

export interface Shape {
  type:
    | 'structure'
    | 'list'
    | 'map'
    | 'string'
    | 'integer'
    | 'long'
    | 'float'
    | 'double'
    | 'boolean'
    | 'timestamp'
    | 'blob'
  members?: Record<string, string>
  required?: string[]
  union?: boolean
  member?: string
  key?: string
  value?: string
  pattern?: string
  enum?: string[]
  min?: number
  max?: number
}

export interface ServiceModel {
  apiVersion: string
  operations: Record<string, { input: string | null; output: string[] }>
  shapes: Record<string, Shape>
}

interface ModelFile {
  generatedFrom: string
  services: Record<ServiceName, ServiceModel>
}

let loaded: ModelFile | undefined

/** Loaded once: tsc does not copy JSON, so it is read from src/ by way of the package's root. */
export function serviceModel(service: ServiceName): ServiceModel {
  loaded ??= JSON.parse(
    readFileSync(join(packageRoot(), 'src/aws/service-model/service-model.json'), 'utf8'),
  ) as ModelFile
  return loaded.services[service]
}
