/** Inputs and outputs of a processing job; local inputs are uploaded to the default bucket. */

import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import type {
  ProcessingInput as InputRequest,
  ProcessingOutput as OutputRequest,
} from '@aws-sdk/client-sagemaker'
import { s3Uri } from '../aws/s3-uri'
import { HoldfastError } from '../errors'
import type { AwsCall } from './aws-call'
import { defined } from './defined'
import type { EstimatorSession } from './hugging-face-estimator'
import type { ProcessingInput, ProcessingOutput, ProcessingSource } from './processor'
import { putObjectParams } from './put-object'

interface JobPlace {
  jobName: string
  session: EstimatorSession
}

/** The inputs with S3 URIs, and the uploads that they need, file by file in the order of names. */
export async function uploadedInputs(
  options: JobPlace & { inputs: ProcessingInput[]; kmsKey: string | undefined },
): Promise<{ inputs: InputRequest[]; uploads: AwsCall[] }> {
  const uploads: AwsCall[] = []
  const inputs: InputRequest[] = []
  for (const [index, input] of options.inputs.entries()) {
    const name = input.inputName ?? `input-${index + 1}`
    if ('datasetDefinition' in input) {
      inputs.push({ ...headOf(input, name), DatasetDefinition: input.datasetDefinition })
      continue
    }
    const placed = await uploaded({ ...options, source: input.source, name })
    uploads.push(...placed.uploads)
    inputs.push({ ...headOf(input, name), S3Input: s3Input({ ...input, source: placed.uri }) })
  }
  return { inputs, uploads }
}

export function processingOutputs(
  options: JobPlace & { outputs: ProcessingOutput[] },
): OutputRequest[] {
  const { session, jobName } = options
  return options.outputs.map((output, index) => {
    const name = output.outputName ?? `output-${index + 1}`
    const prefix = session.defaultBucketPrefix ?? ''
    const place = s3Uri(session.defaultBucket, prefix, jobName, 'output', name)
    const onS3 = output.destination?.startsWith('s3://') ? output.destination : place
    return defined({
      OutputName: name,
      AppManaged: output.appManaged ?? false,
      S3Output:
        output.source === undefined
          ? undefined
          : {
              S3Uri: onS3,
              LocalPath: output.source,
              S3UploadMode: output.s3UploadMode ?? 'EndOfJob',
            },
      FeatureStoreOutput: output.featureStoreOutput,
    }) as OutputRequest
  })
}

function headOf(input: ProcessingInput, name: string) {
  return { InputName: name, AppManaged: input.appManaged ?? false }
}

function s3Input(input: ProcessingSource): NonNullable<InputRequest['S3Input']> {
  if (input.s3CompressionType === 'Gzip' && input.s3InputMode !== 'Pipe') {
    throw new HoldfastError({
      code: 'E_PROCESSING_INPUT',
      what: `the input ${input.source} is compressed and not in Pipe mode`,
      where: 'inputs',
      hint: "set s3InputMode to 'Pipe', or unpack the data in the script",
    })
  }
  return {
    S3Uri: input.source,
    LocalPath: input.destination,
    S3DataType: input.s3DataType ?? 'S3Prefix',
    S3InputMode: input.s3InputMode ?? 'File',
    S3DataDistributionType: input.s3DataDistributionType ?? 'FullyReplicated',
    S3CompressionType: input.s3CompressionType ?? 'None',
  }
}

async function uploaded(
  options: JobPlace & { source: string; name: string; kmsKey: string | undefined },
): Promise<{ uri: string; uploads: AwsCall[] }> {
  const { source, session, kmsKey } = options
  if (source.startsWith('s3://')) return { uri: source, uploads: [] }
  const prefix = session.defaultBucketPrefix ?? ''
  const folder = s3Uri(session.defaultBucket, prefix, options.jobName, 'input', options.name)
  const { files, isFolder } = await filesOf(source.replace(/^file:\/\//, ''))
  const encryption = kmsKey === undefined ? 'plain' : { kmsKey }
  return {
    uri: isFolder ? folder : `${folder}/${files[0] ?? ''}`,
    uploads: files.map((file) => ({
      service: 's3',
      op: 'PutObject',
      params: putObjectParams({ uri: `${folder}/${file}`, session, encryption }),
    })),
  }
}

async function filesOf(path: string): Promise<{ files: string[]; isFolder: boolean }> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new HoldfastError({
      code: 'E_PROCESSING_INPUT',
      what: `there is no file or folder ${path}`,
      where: 'inputs',
      hint: 'give an s3:// URI, or a path on this machine',
      cause,
    })
  })
  if (!found.isDirectory()) return { files: [basename(path)], isFolder: false }
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)).split(sep).join('/'))
  return { files: files.sort(), isFolder: true }
}
