/** The real S3 server and the real sagemaker-local, with what the activities of a worker need. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { pino } from 'pino'

import type { Dependencies } from '../../activities'
import { jobService } from '../../activities/job-service'
import { createAwsClients, destroyClients, type AwsClients } from '../../src/aws/clients'
import { createStatusSource } from '../../src/aws/status-source'
import { createStorage, type Storage } from '../../src/aws/storage'
import type { RunSite } from '../../src/run-site'
import {
  credentials,
  startS3,
  startSagemakerProcess,
} from '../src/local/sagemaker/sagemaker-process'

export const account = credentials.accessKeyId
export const bucket = 'holdfast-test'

export interface LocalAws {
  root: string
  /** sagemaker-local's. */
  dataDir: string
  env: Record<string, string>
  aws: AwsClients
  storage: Storage
  deps: Dependencies
  /** A site of its own for each run id. */
  site(runId: string): RunSite
  /** Replaces the platform's scenario. */
  scenario(rules: object[]): Promise<void>
  /** On the same port and data; resolves when it listens. The old one must be gone, or is ended. */
  restartSagemaker(): Promise<void>
  /** Runs an activity as a worker would; it was scheduled now, or `secondsAgo`. */
  inActivity<T>(
    work: () => Promise<T>,
    options?: { secondsAgo?: number; onHeartbeat?: (details: unknown) => void },
  ): Promise<T>
  stop(): Promise<void>
}

export async function startLocalAws(
  options: {
    /** Of the inference processes of endpoints. */
    python?: string
  } = {},
): Promise<LocalAws> {
  const { python } = options
  const root = await mkdtemp(join(tmpdir(), 'holdfast-aws-'))
  const [s3Folder, dataDir] = [join(root, 's3'), join(root, 'data')]
  await Promise.all([mkdir(s3Folder), mkdir(dataDir)])
  const s3 = await startS3({ folder: s3Folder })
  const env: Record<string, string> = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    SAGEMAKER_ROLE_ARN: `arn:aws:iam::${account}:role/holdfast-local`,
  }
  const start = (port?: number) =>
    startSagemakerProcess({
      ...{ dataDir, runner: 'scripted' },
      env: { ...env, ...(python === undefined ? {} : { HOLDFAST_PYTHON: python }) },
      ...(port ? { port } : {}),
    })
  let sagemaker = await start()
  for (const service of ['SAGEMAKER', 'SAGEMAKER_RUNTIME', 'CLOUDWATCH_LOGS', 'STS'])
    env[`AWS_ENDPOINT_URL_${service}`] = sagemaker.endpoint

  const aws = createAwsClients({ env })
  await aws.s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const log = pino({ level: 'silent' })
  const deps: Dependencies = {
    ...aws,
    // There is no Temporal in these tests; a getter that throws would break copies of `deps`.
    temporal: undefined as never,
    region: 'us-east-1',
    namespaceId: '6d0f5d0e-0000-4000-a000-000000000000',
    account: () => Promise.resolve(account),
    status: createStatusSource({
      describe: ({ kind, jobName }) =>
        jobService({ sagemaker: aws.sagemaker, log, kind }).describe(jobName),
      listing: aws.listing,
      workers: 1,
      describeRate: 1_000,
      pollSeconds: 0.1,
      log,
    }),
    env,
    pollSeconds: 0.1,
    log,
  }
  const local: LocalAws = {
    root,
    dataDir,
    env,
    aws,
    storage: createStorage({ s3: aws.s3, owner: account }),
    deps,
    site: (runId) => ({
      account,
      region: 'us-east-1',
      bucket,
      root: `s3://${bucket}/holdfast`,
      run: `s3://${bucket}/holdfast/runs/${runId}-0a1b2c3d`,
      runId,
      firstRunId: '0a1b2c3d-0000-4000-a000-000000000000',
    }),
    // Scripted jobs stand still: what is tested here is the service, not the training.
    async scenario(rules) {
      const file = join(dataDir, 'scenario.yaml')
      const said = { seed: 7, scriptedSeconds: 600, timeScale: 100, rules }
      // A new file each time: one of the same size might be written within the same tick of the disk's clock.
      await writeFile(`${file}.new`, JSON.stringify(said))
      await rename(`${file}.new`, file)
    },
    async restartSagemaker() {
      await sagemaker.stop('SIGKILL')
      sagemaker = await start(sagemaker.port)
    },
    inActivity: (work, { secondsAgo = 0, onHeartbeat } = {}) => {
      const now = Date.now()
      const info = {
        scheduledTimestampMs: now - secondsAgo * 1000,
        currentAttemptScheduledTimestampMs: now,
        scheduleToCloseTimeoutMs: 86_400_000,
        // A beat each half second, the shortest that there is.
        heartbeatTimeoutMs: 2_000,
      }
      // Activities fail by intent here: the SDK's warnings would bury the tests' own words.
      const logger = new DefaultLogger('ERROR')
      const environment = new MockActivityEnvironment(info, { logger })
      if (onHeartbeat) environment.on('heartbeat', onHeartbeat)
      return environment.run(work)
    },
    async stop() {
      destroyClients(aws)
      await sagemaker.stop()
      await s3.stop()
      await rm(root, { recursive: true, force: true })
    },
  }
  await local.scenario([])
  return local
}

export { destroyClients as destroyAll } from '../../src/aws/clients'
