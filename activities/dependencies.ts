import type { Client as TemporalClient } from '@temporalio/client'
import type { Logger } from 'pino'

import type { AwsClients } from '../src/aws/clients'
import type { Owner } from '../src/aws/names'
import type { StatusSource } from '../src/aws/status-source'
import { createStorage, type Storage } from '../src/aws/storage'
import type { ResolvedPipeline } from '../src/config/resolved-pipeline'
import type { RunSite } from '../src/run-site'

/** What the activities of one worker process share. Injected, so that a test can bring its own. */
export interface Dependencies extends AwsClients {
  temporal: TemporalClient
  region: string
  /** UUID of the Temporal namespace: part of every job's name and owner tag. */
  namespaceId: string
  /** The account of our credentials; asked of STS once. */
  account: () => Promise<string>
  /** How jobs are; asked by every wait of this process. */
  status: StatusSource
  env: NodeJS.ProcessEnv
  /** Seconds between two looks at a young job. */
  pollSeconds: number
  log: Logger
}

/** The run owns everything that is made for it; a reset run finds its own jobs again. */
export function ownerOf({ deps, site }: { deps: Dependencies; site: RunSite }): Owner {
  return { namespaceId: deps.namespaceId, workflowId: site.runId, firstRunId: site.firstRunId }
}

/** Our own buckets; `signal` ends what is under way. */
export async function storageOf(deps: Dependencies, signal?: AbortSignal): Promise<Storage> {
  return createStorage({ s3: deps.s3, owner: await deps.account(), signal })
}

/** The same, for what holds the user's code, data or model: written under the pipeline's own key. */
export async function guardedStorageOf(options: {
  deps: Dependencies
  pipeline: Pick<ResolvedPipeline, 'train'>
  signal: AbortSignal
}): Promise<Storage> {
  const { deps, pipeline, signal } = options
  const kmsKey = kmsKeyOf(pipeline)
  return createStorage({ s3: deps.s3, owner: await deps.account(), kmsKey, signal })
}

/** What everything of a run is written under; undefined: as the bucket says. */
export function kmsKeyOf(pipeline: Pick<ResolvedPipeline, 'train'>): string | undefined {
  const { outputKmsKey } = pipeline.train.estimator as { outputKmsKey?: string }
  return outputKmsKey
}
