/** `transform` of transform.yaml: the SDK's `transformer(...)` and `.transform(...)`, in camelCase. */

import { z } from 'zod'
import { duration, s3Uri, text, wholeNumber } from '../schema-parts'
import { serviceNumber } from './service-number'
import { serviceInstanceType, serviceText, serviceTextMap } from './service-values'
import { kmsKey } from './serving-model'
import { tags } from './tags'

/** May be left out, as an argument of Python may. */
const given = <Schema extends z.ZodType>(schema: Schema) => z.exactOptional(schema)

const jsonPath = (about: string) =>
  given(serviceText('JsonPath', { about, is: 'a JSONPath', like: '$.features' }))

const contentType = (shape: string, about: string) =>
  given(serviceText(shape, { about, is: 'a content type', like: 'application/json' }))

const modelClientConfig = z.strictObject({
  InvocationsTimeoutInSeconds: given(
    serviceNumber('InvocationsTimeoutInSeconds', 'Longest wait for one answer, in seconds.'),
  ),
  InvocationsMaxRetries: given(
    serviceNumber('InvocationsMaxRetries', 'Tries of one request beyond the first.'),
  ),
})

export const transform = z.strictObject({
  data: text(
    'The input: s3:// URI, whose prefix counts; or a local file or folder, uploaded.',
  ).meta({ examples: ['./reviews.jsonl', 's3://bucket/reviews/'] }),
  contentType: contentType('ContentType', 'Content type of the input.'),
  splitType: given(
    z
      .enum(['None', 'Line', 'RecordIO', 'TFRecord'])
      .describe('What one record is. Default: a whole object.'),
  ),
  compressionType: given(z.enum(['None', 'Gzip']).describe('Whether the input is packed.')),
  strategy: given(
    z
      .enum(['MultiRecord', 'SingleRecord'])
      .describe('Records in one request: as many as maxPayload allows, or one.'),
  ),
  maxPayload: given(
    serviceNumber('MaxPayloadInMB', 'Largest request, in MB; 0: no limit. Default: 6.').meta({
      examples: [1, 6],
    }),
  ),
  maxConcurrentTransforms: given(
    serviceNumber('MaxConcurrentTransforms', 'Requests to one instance at a time.'),
  ),
  instanceType: serviceInstanceType('TransformInstanceType', 'Instance type of the job.'),
  instanceCount: given(
    wholeNumber('Number of instances, each with its part of the objects. Default: 1.'),
  ),
  outputPath: given(
    s3Uri('S3 folder of the answers: an object with .out for each one of the input.'),
  ),
  assembleWith: given(
    z.enum(['Line', 'None']).describe('Whether each answer gets a line. Default: None.'),
  ),
  accept: contentType('Accept', 'Content type of the answers.'),
  inputFilter: jsonPath('Part of a record that the model sees, as JSONPath.'),
  joinSource: given(
    z.enum(['None', 'Input']).describe('Whether the record stands beside its answer.'),
  ),
  outputFilter: jsonPath('Part of the answer that is written, as JSONPath.'),
  modelClientConfig: given(modelClientConfig.describe('How patient the service is.')),
  env: given(
    serviceTextMap('TransformEnvironmentMap', 'Variables of the container in this job.').meta({
      examples: [{ BATCH_SIZE: '16' }],
    }),
  ),
  outputKmsKey: given(kmsKey('KMS key of the answers.')),
  volumeKmsKey: given(kmsKey('KMS key of the storage volumes.')),
  tags: given(tags('Tags of the job and of its model.')),
  maxRun: duration('The job is stopped after so long.').prefault('24h'),
})
