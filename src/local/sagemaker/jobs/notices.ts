/** Words about what this machine does otherwise than SageMaker, for the head of the job's log. */

import { treeOf, type EngineContext } from './context'
import { processNotice } from './distribution'
import type { Host } from './host'
import type { JobRecord } from './job'
import { pythonTools } from './job-command'
import { processingRequestOf, trainingRequestOf, type TrainingRequest } from './job-request'
import { metricFaults } from './metric-scraper'
import { pythonFacts } from './python-facts'

/** Accepted, since a script runs without them too, and without effect here. */
const withoutEffect = [
  'EnableNetworkIsolation',
  'EnableInterContainerTrafficEncryption',
  'VpcConfig',
  'ResourceConfig.VolumeKmsKeyId',
  'ResourceConfig.KeepAlivePeriodInSeconds',
  'OutputDataConfig.KmsKeyId',
  'DebugHookConfig',
  'ProfilerConfig',
  'TensorBoardOutputConfig',
  'NetworkConfig.EnableNetworkIsolation',
  'NetworkConfig.EnableInterContainerTrafficEncryption',
  'NetworkConfig.VpcConfig',
  'ProcessingOutputConfig.KmsKeyId',
  'ProcessingResources.ClusterConfig.VolumeKmsKeyId',
]

export async function noticesOf(
  context: EngineContext,
  job: JobRecord,
  host: Host,
): Promise<string[]> {
  const image = imageOf(job)
  const { installed } = await pythonFacts(pythonTools().python)
  return [
    context.optMl.mounted
      ? undefined
      : `/opt/ml cannot be mounted here: in arguments and hyperparameters it is rewritten to ${treeOf(context, job, host.name).ml}`,
    image === undefined ? undefined : imageNotice({ image, installed }),
    ignoredNotice(job.request),
    ...(job.kind === 'training' ? trainingNotices(job, host) : processingNotices(job)),
  ].filter((notice) => notice !== undefined)
}

function imageOf(job: JobRecord): string | undefined {
  if (job.kind === 'training') return trainingRequestOf(job).AlgorithmSpecification?.TrainingImage
  return processingRequestOf(job).AppSpecification?.ImageUri
}

/**
 * The versions in the tag of a Hugging Face image beside those installed here; nothing when they agree.
 *
 * @example
 * // .../huggingface-pytorch-training:2.8.0-transformers4.56.2-gpu-py312-cu129-ubuntu22.04
 */
export function imageNotice(options: {
  image: string
  installed: Record<string, string>
}): string | undefined {
  const { image, installed } = options
  const [, pytorch, transformers] =
    /pytorch-[\w-]+:(\d+(?:\.\d+)+)(?:-transformers(\d+(?:\.\d+)+))?/.exec(image) ?? []
  const said = Object.entries({ transformers, pytorch }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  if (said.every(([name, version]) => installed[name] === version)) return undefined
  const words = said.map(([name, version]) => `${name} ${version}`)
  const here = said.map(([name]) => installed[name] ?? 'none')
  return `the image says ${words.join(' / ')}; this machine runs ${here.join(' / ')}`
}

function ignoredNotice(request: Record<string, unknown>): string | undefined {
  const named = withoutEffect.filter((path) => isAsked(request, path))
  return named.length === 0
    ? undefined
    : `accepted, but without effect on this machine: ${named.join(', ')}`
}

function isAsked(request: unknown, path: string): boolean {
  let value = request
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name]
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

function hostNotice(count = 1): string | undefined {
  return count > 1 ? `one host runs instead of ${count}` : undefined
}

function processingNotices(job: JobRecord): (string | undefined)[] {
  const { ProcessingResources, ProcessingOutputConfig } = processingRequestOf(job)
  const continuous = (ProcessingOutputConfig?.Outputs ?? []).filter(
    ({ S3Output }) => S3Output?.S3UploadMode === 'Continuous',
  )
  return [
    hostNotice(ProcessingResources?.ClusterConfig.InstanceCount),
    ...continuous.map(({ OutputName }) => `output ${OutputName} is uploaded at the end of the job`),
  ]
}

function trainingNotices(job: JobRecord, host: Host): (string | undefined)[] {
  const request = trainingRequestOf(job)
  return [
    request.EnableManagedSpotTraining
      ? 'nothing is billed here: BillableTimeInSeconds of a spot job is a fixed, illustrative 12 % of its training time'
      : undefined,
    ...metricFaults(request.AlgorithmSpecification?.MetricDefinitions ?? []),
    processNotice(job, host),
    fastFileNotice(request),
  ]
}

function fastFileNotice(request: TrainingRequest): string | undefined {
  const names = request.InputDataConfig.filter(
    (channel) =>
      (channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode) === 'FastFile',
  ).map((channel) => channel.ChannelName)
  return names.length === 0
    ? undefined
    : `FastFile channels are downloaded before the start, as in File mode: ${names.join(', ')}`
}
