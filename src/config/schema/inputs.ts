/** `train.inputs`: channels of the user's own. */

import { z } from 'zod'
import { s3Uri, text } from '../schema-parts'
import { serviceText, serviceTexts } from './service-values'

const contentType = serviceText('ContentType', {
  about: 'MIME type of the data.',
  is: 'a content type',
  like: 'text/csv',
}).optional()

const trainingInput = z.strictObject({
  s3Data: s3Uri('Prefix or manifest of the data.'),
  distribution: z
    .enum(['FullyReplicated', 'ShardedByS3Key'])
    .optional()
    .describe('What each instance gets. Default: FullyReplicated.'),
  compression: z.enum(['None', 'Gzip']).optional().describe('How the data is compressed.'),
  contentType,
  recordWrapping: z.enum(['None', 'RecordIO']).optional().describe('How records are wrapped.'),
  s3DataType: z
    .enum(['S3Prefix', 'ManifestFile', 'AugmentedManifestFile'])
    .optional()
    .describe('What s3Data names. Default: S3Prefix.'),
  instanceGroups: serviceTexts('InstanceGroupNames', {
    about: 'Groups of a heterogeneous cluster that get this channel.',
    is: 'a name',
    like: 'gpu',
  }).optional(),
  inputMode: z
    .enum(['File', 'Pipe', 'FastFile'])
    .optional()
    .describe('How this channel reaches the container. Default: train.inputMode.'),
  attributeNames: serviceTexts('AttributeNames', {
    about: 'Attributes of an augmented manifest.',
    is: 'a name',
    like: 'source-ref',
  }).optional(),
  shuffleConfig: z
    .strictObject({ seed: z.int().describe('Seed of the order.') })
    .optional()
    .describe('Shuffles the files or records.'),
})

const fileSystemInput = z.strictObject({
  fileSystemId: serviceText('FileSystemId', {
    about: 'File system, in the VPC of subnets and securityGroupIds.',
    is: 'a file system',
    like: 'fs-0123456789abcdef0',
  }),
  fileSystemType: z.enum(['EFS', 'FSxLustre']).describe('Kind of the file system.'),
  directoryPath: text('Folder in the file system.').regex(/^\//, 'must be an absolute path'),
  fileSystemAccessMode: z
    .enum(['ro', 'rw'])
    .optional()
    .describe('Read only, or written too. Default: ro.'),
  contentType,
})

export const channelInput = z
  .union([s3Uri('Prefix of the data.'), trainingInput, fileSystemInput])
  .describe('An s3:// prefix, a TrainingInput or a FileSystemInput.')

export const channelName = serviceText('ChannelName', {
  about: 'Name of the channel.',
  is: 'a channel name',
  like: 'train',
})

export const inputs = z
  .union([s3Uri('One channel, named training.'), z.record(channelName, channelInput)])
  .optional()
  .describe(
    'Channels: an s3:// prefix (the channel training), or channels by name, each an s3:// prefix, a TrainingInput or a FileSystemInput.',
  )
