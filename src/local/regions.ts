/** A platform's other regions: those that HOLDFAST_REGIONS names when it is started. */

import { join } from 'node:path'
import { watchedRegions } from '../regions/watched-regions'
import { freePorts, isFree } from './free-ports'
import type { PlatformRecord, RegionalService } from './platform-record'

/** Where sagemaker-local keeps what is of that region, its scenario.yaml too. */
export function regionFolder({ dataDir, region }: { dataDir: string; region: string }): string {
  return join(dataDir, 'regions', region)
}

/** Regions of the last start stay, and so do their ports, unless nothing runs and they were taken. */
export async function regionPorts(options: {
  before: PlatformRecord | undefined
  isLive: boolean
  env: NodeJS.ProcessEnv
}): Promise<NonNullable<PlatformRecord['regions']>> {
  const { before, isLive, env } = options
  const found: NonNullable<PlatformRecord['regions']> = {}
  for (const region of new Set([...Object.keys(before?.regions ?? {}), ...watchedRegions(env)])) {
    const last = before?.regions?.[region]
    const stays = last && (isLive || ((await isFree(last.s3)) && (await isFree(last.sagemaker))))
    const [s3 = 0, sagemaker = 0] = stays ? [last.s3, last.sagemaker] : await freePorts(2)
    found[region] = { s3, sagemaker }
  }
  return found
}

/** What the worker, and every client, must know of them. */
export function regionVariables(
  regions: NonNullable<PlatformRecord['regions']>,
): Record<string, string> {
  const names = Object.keys(regions)
  if (names.length === 0) return {}
  const endpoints = Object.entries(regions).flatMap(([region, { s3, sagemaker }]) => {
    const at = (service: string, port: number): [string, string] => [
      `HOLDFAST_ENDPOINT_URL_${service}_${region.toUpperCase().replaceAll('-', '_')}`,
      `http://127.0.0.1:${port}`,
    ]
    return [at('S3', s3), at('SAGEMAKER', sagemaker), at('CLOUDWATCH_LOGS', sagemaker)]
  })
  return { HOLDFAST_REGIONS: names.join(','), ...Object.fromEntries(endpoints) }
}

/** The platform's variables, as a service of that region has them. */
export function regionalEnv(record: PlatformRecord, region: string): Record<string, string> {
  const { s3 = 0, sagemaker = 0 } = record.regions?.[region] ?? {}
  const at = (name: string) => `http://127.0.0.1:${name.endsWith('_S3') ? s3 : sagemaker}`
  const env = Object.entries(record.env).map(([name, value]): [string, string] =>
    name.startsWith('AWS_ENDPOINT_URL_') ? [name, at(name)] : [name, value],
  )
  return { ...Object.fromEntries(env), AWS_REGION: region, AWS_DEFAULT_REGION: region }
}

export function regionalServices(
  record: Pick<PlatformRecord, 'regions'>,
  own: 's3' | 'sagemaker',
): RegionalService[] {
  return Object.keys(record.regions ?? {}).map((region) => `${own}-${region}` as const)
}
