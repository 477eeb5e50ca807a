/**
 * Deploys what a deploy.yaml describes, and takes it away again:
 *
 *     node endpoint.js deploy.yaml
 *     node endpoint.js --delete <endpoint>
 *
 * It connects where the environment says (`AWS_*`), so it works on AWS and on the local platform.
 */

import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  SageMakerClient,
  waitUntilEndpointInService,
  type CreateEndpointConfigInput,
  type CreateEndpointInput,
  type CreateModelInput,
} from '@aws-sdk/client-sagemaker'
import { deployCalls, loadDeploy, type AwsCall, type ResolvedDeployment } from 'holdfast'

/** The requests of the Python SDK's `deploy()`, in their order; nothing is sent. */
export function requestsOf(options: {
  deployment: ResolvedDeployment
  /** ARN of the execution role; its account is the one to deploy in. */
  role: string
  region: string
  now: Date
}): AwsCall[] {
  const { deployment, role, region, now } = options
  const account = role.split(':')[4] ?? ''
  return deployCalls({
    model: { ...deployment.model, role },
    deploy: deployment.deploy,
    session: { region, account, defaultBucket: `sagemaker-${region}-${account}` },
    // 2026-01-02-03-04-05-678: what makes names unlike others.
    stamp: now.toISOString().replace(/\D/g, '-').slice(0, -1),
    unique: `${Math.floor(now.getTime() / 1000)}-0000`,
  })
}

/** Sends the requests, waits until the endpoint serves, and returns its name. */
export async function deploy(client: SageMakerClient, requests: AwsCall[]): Promise<string> {
  let EndpointName = ''
  for (const { op, params } of requests) {
    switch (op) {
      case 'CreateModel':
        await client.send(new CreateModelCommand(params as CreateModelInput))
        break
      case 'CreateEndpointConfig':
        await client.send(new CreateEndpointConfigCommand(params as CreateEndpointConfigInput))
        break
      case 'CreateEndpoint':
        EndpointName = (params as CreateEndpointInput).EndpointName ?? ''
        await client.send(new CreateEndpointCommand(params as CreateEndpointInput))
        break
      default:
        throw new Error(`${op} is not sent here: this is for models without a script of their own`)
    }
  }
  // Seconds. An endpoint takes minutes on AWS.
  await waitUntilEndpointInService({ client, maxWaitTime: 1800, minDelay: 2 }, { EndpointName })
  return EndpointName
}

/** Deletes the endpoint, its configuration and its model. */
export async function undeploy(client: SageMakerClient, EndpointName: string): Promise<void> {
  const { EndpointConfigName } = await client.send(new DescribeEndpointCommand({ EndpointName }))
  const { ProductionVariants = [] } = await client.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName }),
  )
  await client.send(new DeleteEndpointCommand({ EndpointName }))
  await client.send(new DeleteEndpointConfigCommand({ EndpointConfigName }))
  for (const { ModelName } of ProductionVariants)
    await client.send(new DeleteModelCommand({ ModelName }))
}

async function main(args: string[]): Promise<void> {
  const { AWS_REGION: region = 'us-east-1', SAGEMAKER_ROLE_ARN } = process.env
  const client = new SageMakerClient({ region })
  if (args[0] === '--delete') return undeploy(client, args[1] ?? '')
  const { deployment } = await loadDeploy({ path: args[0] ?? 'deploy.yaml' })
  const role = deployment.model.role ?? SAGEMAKER_ROLE_ARN
  if (role === undefined) throw new Error('set SAGEMAKER_ROLE_ARN to the ARN of the execution role')
  console.log(await deploy(client, requestsOf({ deployment, role, region, now: new Date() })))
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error)
    process.exitCode = 1
  })
}
