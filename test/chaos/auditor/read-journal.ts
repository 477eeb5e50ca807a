/** What sagemaker-local has on disk: its record of each job and its registry of models. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface JournalJob {
  kind: 'training' | 'processing'
  name: string
  /** Of the request: the workflow that pays for it. */
  run: string
  status: string
  secondaryStatus: string
  failureReason: string
  /** Epoch seconds. */
  createdAt: number
  endedAt: number | undefined
  artifact: string | undefined
  /** `s3://…` of its checkpoints; undefined where it keeps none. */
  checkpoints: string | undefined
  /** Steps between two of them, where the request says so. */
  saveSteps: number | undefined
}

export interface JournalPackage {
  arn: string
  group: string
  run: string
  sha256: string
  /** `s3://…` of the model's bytes. */
  uri: string
  /** Epoch seconds. */
  createdAt: number
}

interface JobFile {
  name: string
  request: {
    Tags?: { Key: string; Value: string }[]
    CheckpointConfig?: { S3Uri?: string }
    HyperParameters?: Record<string, string>
  }
  status: string
  secondaryStatus: string
  failureReason?: string
  creationTime: number
  endTime?: number
  modelArtifacts?: string
}

export function readJobs(dataDir: string): JournalJob[] {
  return (['training', 'processing'] as const).flatMap((kind) => {
    const folder = join(dataDir, 'sagemaker', kind === 'training' ? 'jobs' : 'processing')
    return namesIn(folder).flatMap((name) => {
      const job = read<JobFile>(join(folder, name, 'job.json'))
      if (!job) return []
      const run = job.request.Tags?.find(({ Key }) => Key === 'holdfast:run')?.Value ?? ''
      return [
        {
          kind,
          name: job.name,
          run,
          status: job.status,
          secondaryStatus: job.secondaryStatus,
          failureReason: job.failureReason ?? '',
          createdAt: job.creationTime,
          endedAt: hasEnded(job.status) ? job.endTime : undefined,
          artifact: job.modelArtifacts,
          checkpoints: job.request.CheckpointConfig?.S3Uri,
          saveSteps: Number(job.request.HyperParameters?.['save_steps']) || undefined,
        },
      ]
    })
  })
}

interface RegistryFile {
  packages: Record<
    string,
    {
      arn: string
      group?: string
      creationTime: number
      details: {
        CustomerMetadataProperties?: Record<string, string>
        InferenceSpecification?: { Containers?: { ModelDataUrl?: string }[] }
      }
    }
  >
}

export function readPackages(dataDir: string): JournalPackage[] {
  const registry = read<RegistryFile>(join(dataDir, 'sagemaker', 'registry.json'))
  return Object.values(registry?.packages ?? {}).map(({ arn, group, creationTime, details }) => ({
    arn,
    group: group ?? '',
    run: details.CustomerMetadataProperties?.['holdfast:run'] ?? '',
    sha256: details.CustomerMetadataProperties?.['holdfast:sha256'] ?? '',
    uri: details.InferenceSpecification?.Containers?.[0]?.ModelDataUrl ?? '',
    createdAt: creationTime,
  }))
}

/** How often each operation was asked for, from the log of requests. */
export function readCalls(dataDir: string): Record<string, number> {
  const calls: Record<string, number> = {}
  const text = readFileSync(join(dataDir, 'logs', 'sagemaker.log'), 'utf8')
  for (const line of text.split('\n')) {
    const operation = /"operation":"(\w+)"/.exec(line)?.[1]
    if (operation) calls[operation] = (calls[operation] ?? 0) + 1
  }
  return calls
}

export function hasEnded(status: string): boolean {
  return ['Completed', 'Failed', 'Stopped'].includes(status)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function read<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined
  }
}
