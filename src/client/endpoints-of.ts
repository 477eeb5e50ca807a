import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  paginateListEndpoints,
  type SageMakerClient,
} from '@aws-sdk/client-sagemaker'

import { tagsOf } from '../aws/tags-of'
import { whenThere } from '../aws/when-there'
import { chunks } from '../chunks'
import { serveTags } from '../deploy/release'
import type { ModelSession } from './list-models'

export interface ServingEndpoints {
  /** The newest first. */
  names: string[]
  /** False: there are more endpoints in the account and region than were looked at. */
  isAll: boolean
}

/** Endpoints that are looked at, the newest first, whoever made them: each takes four calls or more. */
const mostLookedAt = 1_000

/** At a time: the service refuses more at once. */
const atATime = 8

/** The endpoints that serve a version of a model; null when the service does not say. */
export async function endpointsOf(options: {
  session: Pick<ModelSession, 'aws'>
  modelPackageArn: string
  artifactUri: string
  /** `reviews@3`: what a deployment says of itself whose archive was packed with a script. */
  source: string
  most?: number
}): Promise<ServingEndpoints | null> {
  const { session, most = mostLookedAt, ...version } = options
  const { sagemaker } = session.aws
  try {
    const { names, isAll } = await newest({ sagemaker, most })
    const serving: string[] = []
    for (const some of chunks(names, atATime)) {
      const found = await Promise.all(
        // Deleted since it was listed, or what it was made of was: it cannot be said what it serves.
        some.map((name) => whenThere(() => serves({ sagemaker, name, ...version }))),
      )
      serving.push(...some.filter((_, index) => found[index] === true))
    }
    return { names: serving, isAll }
  } catch {
    // Who may roll a model back need not be allowed to look at endpoints.
    return null
  }
}

async function newest(options: {
  sagemaker: SageMakerClient
  most: number
}): Promise<{ names: string[]; isAll: boolean }> {
  const { sagemaker: client, most } = options
  const names: string[] = []
  const order = { SortBy: 'CreationTime', SortOrder: 'Descending' } as const
  for await (const page of paginateListEndpoints({ client, pageSize: 100 }, order)) {
    names.push(...(page.Endpoints ?? []).flatMap(({ EndpointName }) => EndpointName ?? []))
    if (names.length > most) break
  }
  return { names: names.slice(0, most), isAll: names.length <= most }
}

async function serves(options: {
  sagemaker: SageMakerClient
  modelPackageArn: string
  artifactUri: string
  source: string
  name: string
}): Promise<boolean> {
  const { sagemaker, modelPackageArn, artifactUri, source, name } = options
  const endpoint = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }))
  const config = await sagemaker.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName: endpoint.EndpointConfigName }),
  )
  for (const { ModelName } of config.ProductionVariants ?? []) {
    if (ModelName === undefined) continue
    const model = await sagemaker.send(new DescribeModelCommand({ ModelName }))
    const containers = [model.PrimaryContainer, ...(model.Containers ?? [])]
    const isIt = containers.some(
      (container) =>
        container?.ModelPackageName === modelPackageArn || container?.ModelDataUrl === artifactUri,
    )
    if (isIt) return true
  }
  const tags = await tagsOf(sagemaker, config.EndpointConfigArn ?? '')
  return tags[serveTags.source] === source
}
