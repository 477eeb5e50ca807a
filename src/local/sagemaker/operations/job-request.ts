/** Refusals of job requests that the service model cannot say. */

import { notImplemented, validation } from '../aws-error'
import { isObject, list, number, object, text, type Json } from '../json'

/** All at once, as the service's own validation does. */
function refuse(faults: (string | undefined)[]): void {
  const found = faults.filter((fault) => fault !== undefined)
  if (found.length > 0) throw validation(found.join(' '))
}

export function checkTrainingRequest(input: Json): void {
  for (const member of ['ServerlessJobConfig', 'SessionChainingConfig', 'ModelPackageConfig']) {
    if (input[member] !== undefined) throw notImplemented(`CreateTrainingJob with ${member}`)
  }
  if (text(object(input, 'OutputDataConfig') ?? {}, 'CompressionType') === 'NONE')
    throw notImplemented('CreateTrainingJob with OutputDataConfig.CompressionType NONE')
  for (const channel of list(input, 'InputDataConfig').filter(isObject)) {
    if (text(channel, 'CompressionType') === 'Gzip')
      throw notImplemented(
        `CreateTrainingJob with CompressionType Gzip of channel ${text(channel, 'ChannelName') ?? ''}`,
      )
  }
  refuse([
    // Optional in the model only because a serverless job has none of them.
    ...['AlgorithmSpecification', 'ResourceConfig', 'StoppingCondition'].map((member) =>
      input[member] === undefined ? `${member} is required.` : undefined,
    ),
    algorithmFault(object(input, 'AlgorithmSpecification')),
    ...spotFaults(input),
    duplicateFault({
      what: 'channel name',
      names: namesOf(list(input, 'InputDataConfig'), 'ChannelName'),
    }),
    tagsFault(input),
  ])
}

/** API reference, AlgorithmSpecification: "specify either an AlgorithmName or a TrainingImage". */
function algorithmFault(algorithm: Json | undefined): string | undefined {
  if (!algorithm) return undefined
  const given = [algorithm.TrainingImage, algorithm.AlgorithmName].filter(
    (value) => value !== undefined,
  )
  if (given.length === 1) return undefined
  return 'Exactly one of TrainingImage and AlgorithmName must be specified in AlgorithmSpecification.'
}

function spotFaults(input: Json): (string | undefined)[] {
  const stopping = object(input, 'StoppingCondition')
  if (!stopping) return []
  const isSpot = input.EnableManagedSpotTraining === true
  const maxWait = number(stopping, 'MaxWaitTimeInSeconds')
  // API reference, StoppingCondition: MaxRuntimeInSeconds is one day when it is not given.
  const maxRun = number(stopping, 'MaxRuntimeInSeconds') ?? 86_400
  const keepAlive = number(object(input, 'ResourceConfig') ?? {}, 'KeepAlivePeriodInSeconds') ?? 0
  return [
    // Code and wording: Kenza-AI/sagify #111.
    !isSpot && maxWait !== undefined
      ? 'Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true'
      : undefined,
    // Developer guide, "Managed Spot Training": MaxWait must be given and be at least MaxRuntime.
    isSpot && (maxWait === undefined || maxWait < maxRun)
      ? 'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds'
      : undefined,
    // Developer guide, "Managed Warm Pools": spot training does not have them.
    isSpot && keepAlive > 0
      ? 'KeepAlivePeriodInSeconds is not supported when EnableManagedSpotTraining is set to true.'
      : undefined,
  ]
}

export function checkProcessingRequest(input: Json): void {
  const inputs = list(input, 'ProcessingInputs').filter(isObject)
  const outputs = list(object(input, 'ProcessingOutputConfig') ?? {}, 'Outputs')
  for (const each of inputs) {
    const source = object(each, 'S3Input') ?? {}
    for (const [member, value] of [
      ['S3InputMode', 'Pipe'],
      ['S3CompressionType', 'Gzip'],
    ] as const) {
      if (text(source, member) === value)
        throw notImplemented(
          `CreateProcessingJob with ${member} ${value} of input ${text(each, 'InputName') ?? ''}`,
        )
    }
  }
  const paths = inputs.flatMap((each) => text(object(each, 'S3Input') ?? {}, 'LocalPath') ?? [])
  refuse([
    duplicateFault({ what: 'input name', names: namesOf(inputs, 'InputName') }),
    duplicateFault({ what: 'output name', names: namesOf(outputs, 'OutputName') }),
    // Two inputs in one place are refused by the service (sagemaker-python-sdk #4939).
    duplicateFault({ what: 'input path', names: paths }),
    tagsFault(input),
  ])
}

/** Tags beyond 50 and over-long ones are the model's to refuse. */
export function tagsFault(input: Json): string | undefined {
  const keys = namesOf(list(input, 'Tags'), 'Key')
  // AWS General Reference, "Tag naming limits".
  if (keys.some((key) => key.toLowerCase().startsWith('aws:'))) {
    return 'aws: prefixed tag key names are not allowed for external use.'
  }
  return duplicateFault({ what: 'tag key', names: keys })
}

function namesOf(items: readonly unknown[], member: string): string[] {
  return items.filter(isObject).flatMap((item) => text(item, member) ?? [])
}

function duplicateFault(options: { what: string; names: string[] }): string | undefined {
  const twice = options.names.find((name, index) => options.names.indexOf(name) !== index)
  return twice === undefined ? undefined : `Duplicate ${options.what} '${twice}' in the request.`
}
