/** sagemaker-local in this process, over a memory engine, with the AWS clients that talk to it. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import {
  SageMakerClient,
  type CreateTrainingJobCommandInput,
  type SageMakerClientConfig,
} from '@aws-sdk/client-sagemaker'
import { STSClient } from '@aws-sdk/client-sts'
import type { Scenario } from '../../../../src/local/sagemaker/jobs/scenario'
import { startSagemakerServer, type ServedRequest } from '../../../../src/local/sagemaker/server'
import { createMemoryEngine, type MemoryEngine } from './memory-engine'

export const account = '111122223333'
export const role = `arn:aws:iam::${account}:role/holdfast-local`

type Fault = NonNullable<ReturnType<Scenario['nextFault']>>

export interface TestServer {
  endpoint: string
  dataDir: string
  engine: MemoryEngine
  sagemaker: SageMakerClient
  logs: CloudWatchLogsClient
  sts: STSClient
  /** Each is used up by one request to its operation. */
  faults: { operation: string; fault: Fault }[]
  requests: ServedRequest[]
  crashes: number
  /** Milliseconds; moves only when a test moves it. */
  clock: { now: number }
  client(config: SageMakerClientConfig): SageMakerClient
  /** Stops the server and starts another on the same data, as after a kill. */
  restart(): Promise<void>
  close(): Promise<void>
}

export async function startTestServer(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-sagemaker-'))
  const clock = { now: 1_760_000_000_000 }
  const engine = createMemoryEngine({ now: () => clock.now })
  const credentials = { accessKeyId: account, secretAccessKey: 'local-secret' }
  const faults: TestServer['faults'] = []
  const requests: ServedRequest[] = []
  const start = (port: number) =>
    startSagemakerServer({
      dataDir,
      engine,
      scenario: {
        nextFault(operation: string) {
          const index = faults.findIndex((each) => each.operation === operation)
          return index < 0 ? undefined : faults.splice(index, 1)[0]?.fault
        },
      },
      account,
      region: 'us-east-1',
      ...credentials,
      port,
      now: () => clock.now,
      onRequest: (request) => requests.push(request),
      crash: () => {
        test.crashes += 1
        void server.close()
      },
    })
  let server = await start(0)
  const { port } = server
  const endpoint = `http://127.0.0.1:${port}`
  const config = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }
  const test: TestServer = {
    endpoint,
    dataDir,
    engine,
    sagemaker: new SageMakerClient(config),
    logs: new CloudWatchLogsClient(config),
    sts: new STSClient(config),
    faults,
    requests,
    crashes: 0,
    clock,
    client: (changed) => new SageMakerClient({ ...config, ...changed }),
    async restart() {
      await server.close().catch(() => undefined)
      server = await start(port)
    },
    async close() {
      test.sagemaker.destroy()
      test.logs.destroy()
      test.sts.destroy()
      await server.close().catch(() => undefined)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
  return test
}

/** A complete request for a spot training job. */
export function trainingRequest(
  name: string,
  changes: Partial<CreateTrainingJobCommandInput> = {},
): CreateTrainingJobCommandInput {
  return {
    TrainingJobName: name,
    RoleArn: role,
    AlgorithmSpecification: {
      TrainingImage: `${account}.dkr.ecr.us-east-1.amazonaws.com/train:1`,
      TrainingInputMode: 'File',
    },
    OutputDataConfig: { S3OutputPath: 's3://bucket/output' },
    ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 1, VolumeSizeInGB: 30 },
    StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 7200 },
    EnableManagedSpotTraining: true,
    CheckpointConfig: { S3Uri: 's3://bucket/checkpoints' },
    ...changes,
  }
}
