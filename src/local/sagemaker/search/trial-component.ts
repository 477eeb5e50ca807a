/**
 * Trial components: what Experiments would know of a job. They are not kept: each follows from its job,
 * and goes with it.
 */

import type { JobKind, JobRecord } from '../jobs/job'
import { defined, isObject, list, object, pick, text, type Json } from '../json'
import type { MetricPoint } from '../metrics/job-series'
import { arnOf, type Context } from '../operations/context'

/** The service's names for the components that it makes of jobs. */
const suffixes: Record<JobKind, string> = {
  training: 'aws-training-job',
  processing: 'aws-processing-job',
}

const sourceTypes: Record<JobKind, string> = {
  training: 'SageMakerTrainingJob',
  processing: 'SageMakerProcessingJob',
}

export function trialComponent(context: Context, job: JobRecord): Json {
  const name = `${job.name}-${suffixes[job.kind]}`
  const experiment = object(job.request, 'ExperimentConfig') ?? {}
  return defined({
    TrialComponentName: name,
    DisplayName: text(experiment, 'TrialComponentDisplayName') ?? name,
    TrialComponentArn: arnOf(context, `experiment-trial-component/${name}`),
    Source: { SourceArn: job.arn, SourceType: sourceTypes[job.kind] },
    Status: { PrimaryStatus: job.status, Message: `Status: ${job.secondaryStatus}` },
    StartTime: job.startTime,
    EndTime: job.endTime,
    CreationTime: job.creationTime,
    LastModifiedTime: job.lastModifiedTime,
    Parameters: parameters(job),
    InputArtifacts: inputs(job),
    OutputArtifacts: outputs(job),
    RunName: text(experiment, 'RunName'),
    Parents: parents(experiment),
  })
}

/** A job without an experiment is unassigned: it has no parents. */
function parents(experiment: Json): Json[] {
  if (experiment.ExperimentName === undefined && experiment.TrialName === undefined) return []
  return [pick(experiment, ['ExperimentName', 'TrialName'])]
}

function parameters(job: JobRecord): Json {
  const cluster =
    object(job.request, 'ResourceConfig') ??
    object(object(job.request, 'ProcessingResources') ?? {}, 'ClusterConfig') ??
    {}
  const own = Object.entries(object(job.request, 'HyperParameters') ?? {})
  const resources = ['InstanceType', 'InstanceCount', 'VolumeSizeInGB'].flatMap((member) =>
    cluster[member] === undefined ? [] : [[`SageMaker.${member}`, cluster[member]] as const],
  )
  return Object.fromEntries([...own, ...resources].map(([name, value]) => [name, wrapped(value)]))
}

function wrapped(value: unknown): Json {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number)
    ? { NumberValue: number }
    : { StringValue: String(value) }
}

function inputs(job: JobRecord): Json {
  const channels = list(job.request, 'InputDataConfig').filter(isObject)
  const processing = list(job.request, 'ProcessingInputs').filter(isObject)
  const algorithm = object(job.request, 'AlgorithmSpecification') ?? {}
  const image =
    text(algorithm, 'TrainingImage') ??
    text(object(job.request, 'AppSpecification') ?? {}, 'ImageUri')
  return artifacts([
    ['SageMaker.ImageUri', { Value: image }],
    ...channels.map((channel) => {
      const source = object(object(channel, 'DataSource') ?? {}, 'S3DataSource') ?? {}
      const artifact = { MediaType: text(channel, 'ContentType'), Value: text(source, 'S3Uri') }
      return [text(channel, 'ChannelName') ?? '', artifact] as const
    }),
    ...processing.map((input) => {
      const value = text(object(input, 'S3Input') ?? {}, 'S3Uri')
      return [text(input, 'InputName') ?? '', { Value: value }] as const
    }),
  ])
}

function outputs(job: JobRecord): Json {
  const config = object(job.request, 'ProcessingOutputConfig') ?? {}
  return artifacts([
    ['SageMaker.ModelArtifact', { Value: job.modelArtifacts }],
    ...list(config, 'Outputs')
      .filter(isObject)
      .map((output) => {
        const value = text(object(output, 'S3Output') ?? {}, 'S3Uri')
        return [text(output, 'OutputName') ?? '', { Value: value }] as const
      }),
  ])
}

function artifacts(
  named: readonly (readonly [
    string,
    { MediaType?: string | undefined; Value: string | undefined },
  ])[],
): Json {
  const present = named.filter(([, { Value }]) => Value !== undefined)
  return Object.fromEntries(present.map(([name, artifact]) => [name, defined({ ...artifact })]))
}

/** TrialComponentMetricSummary of each metric, in the order in which they were first printed. */
export function metricSummaries(job: JobRecord, points: readonly MetricPoint[]): Json[] {
  const names = [...new Set(points.map(({ name }) => name))]
  return names.map((name) => {
    const own = points.filter((point) => point.name === name)
    const values = own.map(({ value }) => value)
    const average = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length
    return {
      MetricName: name,
      SourceArn: job.arn,
      TimeStamp: (own.at(-1)?.at ?? 0) / 1000,
      Max: values.reduce((a, b) => Math.max(a, b)),
      Min: values.reduce((a, b) => Math.min(a, b)),
      Last: values.at(-1),
      Count: values.length,
      Avg: average,
      StdDev: Math.sqrt(variance),
    }
  })
}
