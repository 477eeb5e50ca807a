import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListEndpointsCommand,
} from '@aws-sdk/client-sagemaker'

import type { ModelSession } from './list-models'

/** Endpoints that are looked at, the newest first: each takes three or more calls. */
const most = 30

/** Names of the endpoints that serve a version of a model; null when the service does not say. */
export async function endpointsOf(options: {
  session: Pick<ModelSession, 'aws'>
  modelPackageArn: string
  artifactUri: string
}): Promise<string[] | null> {
  const { sagemaker } = options.session.aws
  try {
    const { Endpoints = [] } = await sagemaker.send(
      new ListEndpointsCommand({
        MaxResults: most,
        SortBy: 'CreationTime',
        SortOrder: 'Descending',
      }),
    )
    const names = Endpoints.flatMap(({ EndpointName }) => EndpointName ?? [])
    const serving = await Promise.all(names.map((name) => serves({ ...options, name })))
    return names.filter((_, index) => serving[index])
  } catch {
    // Who may roll a model back need not be allowed to look at endpoints.
    return null
  }
}

async function serves(options: {
  session: Pick<ModelSession, 'aws'>
  modelPackageArn: string
  artifactUri: string
  name: string
}): Promise<boolean> {
  const { modelPackageArn, artifactUri, name } = options
  const { sagemaker } = options.session.aws
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
  return false
}
