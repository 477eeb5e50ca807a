/** `fit(inputs)` → `InputDataConfig`. */

import type { Channel, HubAccessConfig, ModelAccessConfig } from '@aws-sdk/client-sagemaker'
import { HoldfastError } from '../errors'

/** An S3 channel with more to say than its address. */
export interface TrainingInput {
  s3Data: string
  /** `FullyReplicated`. */
  distribution?: 'FullyReplicated' | 'ShardedByS3Key'
  compression?: 'None' | 'Gzip'
  contentType?: string
  recordWrapping?: 'None' | 'RecordIO'
  /** `S3Prefix`. */
  s3DataType?: 'S3Prefix' | 'ManifestFile' | 'AugmentedManifestFile'
  /** Groups of a heterogeneous cluster that get this channel. */
  instanceGroups?: string[]
  inputMode?: 'File' | 'Pipe' | 'FastFile'
  attributeNames?: string[]
  shuffleConfig?: { seed: number }
  /** Of a model in a SageMaker hub. */
  hubAccessConfig?: HubAccessConfig
  /** Whether a gated model's licence is accepted. */
  modelAccessConfig?: ModelAccessConfig
}

/** A channel mounted from EFS or FSx for Lustre. */
export interface FileSystemInput {
  fileSystemId: string
  fileSystemType: 'EFS' | 'FSxLustre'
  directoryPath: string
  /** `ro`. */
  fileSystemAccessMode?: 'ro' | 'rw'
  contentType?: string
}

export type ChannelInput = string | TrainingInput | FileSystemInput
/** One channel, named `training`, or several by name in their order. */
export type TrainingInputs = ChannelInput | Record<string, ChannelInput>

/**
 * @example
 * trainingChannels({ train: 's3://data/train', test: { s3Data: 's3://data/test', inputMode: 'FastFile' } })
 */
export function trainingChannels(inputs: TrainingInputs | undefined): Channel[] {
  if (inputs === undefined) return []
  if (isSingle(inputs)) return [channelOf('training', inputs)]
  return Object.entries(inputs).map(([name, input]) => channelOf(name, input))
}

/** One more channel, behind the others; its name must be free. */
export function addChannel(channels: Channel[], channel: Channel): Channel[] {
  if (channels.some(({ ChannelName }) => ChannelName === channel.ChannelName)) {
    throw new HoldfastError({
      code: 'E_CHANNEL_TWICE',
      what: `two channels are named ${channel.ChannelName}`,
      where: 'inputs',
      hint: 'rename the channel: `model` and `code` are taken by modelUri and enableNetworkIsolation',
    })
  }
  return [...channels, channel]
}

/** The mode of a single `TrainingInput` also becomes the job's own. */
export function inputModeOf(inputs: TrainingInputs | undefined): TrainingInput['inputMode'] {
  return isTrainingInput(inputs) ? inputs.inputMode : undefined
}

export function channelOf(name: string, input: ChannelInput): Channel {
  if (isFileSystemInput(input)) return fileSystemChannel(name, input)
  const details: TrainingInput = typeof input === 'string' ? { s3Data: input } : input
  return {
    ChannelName: name,
    DataSource: {
      S3DataSource: {
        S3DataType: details.s3DataType ?? 'S3Prefix',
        S3Uri: s3UriOf(name, details.s3Data),
        S3DataDistributionType: details.distribution ?? 'FullyReplicated',
        ...(details.instanceGroups && { InstanceGroupNames: details.instanceGroups }),
        ...(details.attributeNames && { AttributeNames: details.attributeNames }),
        ...(details.hubAccessConfig && { HubAccessConfig: details.hubAccessConfig }),
        ...(details.modelAccessConfig && { ModelAccessConfig: details.modelAccessConfig }),
      },
    },
    ...(details.compression && { CompressionType: details.compression }),
    ...(details.contentType && { ContentType: details.contentType }),
    ...(details.recordWrapping && { RecordWrapperType: details.recordWrapping }),
    ...(details.inputMode && { InputMode: details.inputMode }),
    ...(details.shuffleConfig && { ShuffleConfig: { Seed: details.shuffleConfig.seed } }),
  }
}

const fileSystemTypes = ['EFS', 'FSxLustre']
const accessModes = ['ro', 'rw']

function fileSystemChannel(name: string, input: FileSystemInput): Channel {
  const { fileSystemType: type, fileSystemAccessMode: mode = 'ro' } = input
  if (!fileSystemTypes.includes(type) || !accessModes.includes(mode)) {
    throw new HoldfastError({
      code: 'E_CHANNEL_FILE_SYSTEM',
      what: `the channel ${name} is on ${type}, ${mode}`,
      where: `inputs.${name}`,
      hint: `file systems: ${fileSystemTypes.join(', ')}; access: ${accessModes.join(', ')}`,
    })
  }
  return {
    ChannelName: name,
    DataSource: {
      FileSystemDataSource: {
        FileSystemId: input.fileSystemId,
        FileSystemType: type,
        DirectoryPath: input.directoryPath,
        FileSystemAccessMode: mode,
      },
    },
    ...(input.contentType && { ContentType: input.contentType }),
  }
}

function s3UriOf(name: string, uri: string): string {
  if (uri.startsWith('s3://')) return uri
  throw new HoldfastError({
    code: 'E_CHANNEL_URI',
    what: `the channel ${name} is not an S3 URI: ${uri}`,
    where: `inputs.${name}`,
    hint: 'upload the data first and give its s3:// prefix',
  })
}

function isSingle(inputs: TrainingInputs): inputs is ChannelInput {
  return typeof inputs === 'string' || isTrainingInput(inputs) || isFileSystemInput(inputs)
}

function isTrainingInput(inputs: TrainingInputs | undefined): inputs is TrainingInput {
  return typeof inputs === 'object' && 's3Data' in inputs && typeof inputs.s3Data === 'string'
}

function isFileSystemInput(inputs: TrainingInputs): inputs is FileSystemInput {
  return typeof inputs === 'object' && 'fileSystemId' in inputs && 'directoryPath' in inputs
}
