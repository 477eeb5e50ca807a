/** The CloudWatch groups and streams of what serves. */

import { join } from 'node:path'
import type { ServingKind } from './serving-context'

export interface LogPlace {
  group: string
  stream: string
}

/** Groups and streams as the service names them (developer guide, "Log groups and streams"). */
export function logPlace(options: {
  kind: ServingKind
  /** Of the endpoint or of the transform job. */
  name: string
  variant: string
  instance: string
}): LogPlace {
  const { kind, name, variant, instance } = options
  return kind === 'endpoints'
    ? { group: `/aws/sagemaker/Endpoints/${name}`, stream: `${variant}/${instance}` }
    : { group: '/aws/sagemaker/TransformJobs', stream: `${name}/${instance}` }
}

/** As logs/log-files.ts reads them: "/" is written %2F. */
export function logFileOf(folder: string, { group, stream }: LogPlace): string {
  const escaped = (name: string) => name.replaceAll('/', '%2F')
  return join(folder, 'logs', escaped(group), `${escaped(stream)}.ndjson`)
}
