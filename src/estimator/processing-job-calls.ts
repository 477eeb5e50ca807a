/** Script → processing job: the code archive, the start script, CreateProcessingJob. */

import { basename } from 'node:path'
import type { CreateProcessingJobRequest, NetworkConfig } from '@aws-sdk/client-sagemaker'
import { HoldfastError } from '../errors'
import type { AwsCall } from './aws-call'
import { codeLocation } from './code-location'
import { defined, filled } from './defined'
import type { EstimatorSession } from './hugging-face-estimator'
import { trainingImageUri } from './image-uri'
import { nameFromBase } from './names-from-base'
import { processingOutputs, uploadedInputs } from './processing-inputs'
import { processingScript } from './processing-script'
import type { HuggingFaceProcessor, ProcessingInput, ProcessingRun } from './processor'
import { putObjectParams } from './put-object'
import { roleArn } from './role-arn'
import { tagList } from './training-job-request'

const inputFolder = '/opt/ml/processing/input'

export interface ProcessCallsOptions {
  processor: HuggingFaceProcessor
  run: ProcessingRun
  session: EstimatorSession
  /** `YYYY-MM-DD-HH-MM-SS-mmm` in UTC. */
  stamp: string
}

/**
 * The first PutObject is the code archive, without its body: `packCode` makes it. Local inputs are
 * looked at, to name the uploads.
 *
 * @throws HoldfastError `E_NO_IMAGE`, `E_IMAGE_VERSIONS`, `E_CODE_URI`, `E_PROCESSING_INPUT`
 * @example
 * await processCalls({
 *   processor,
 *   run: { code: 'prepare.py', sourceDir: './scripts', outputs: [{ source: '/opt/ml/processing/train' }] },
 *   session,
 *   stamp: '2026-01-02-03-04-05-678',
 * })
 */
export async function processCalls(options: ProcessCallsOptions): Promise<AwsCall[]> {
  const { processor, run, session, stamp } = options
  const image = imageOf(options)
  const base = processor.baseJobName ?? 'huggingface'
  const jobName = run.jobName ?? nameFromBase({ base, stamp })
  const code = codeCalls({ ...options, jobName })
  const inputs = [...(run.inputs ?? []), ...code.inputs]
  const local = await uploadedInputs({ inputs, jobName, session, kmsKey: run.kmsKey })
  const outputs = processingOutputs({ outputs: run.outputs ?? [], jobName, session })
  const params = defined({
    ProcessingJobName: jobName,
    RoleArn: roleArn(processor.role),
    AppSpecification: defined({
      ImageUri: image,
      ContainerEntrypoint: ['/bin/bash', `${inputFolder}/entrypoint/${code.startScript}`],
      ContainerArguments: run.arguments,
    }),
    ProcessingInputs: local.inputs,
    ProcessingOutputConfig:
      outputs.length > 0
        ? defined({ Outputs: outputs, KmsKeyId: processor.outputKmsKey })
        : undefined,
    ExperimentConfig: filled(run.experimentConfig),
    ...surroundings(processor),
  }) as CreateProcessingJobRequest
  return [
    ...code.uploads,
    ...local.uploads,
    { service: 'sagemaker', op: 'CreateProcessingJob', params },
  ]
}

function surroundings(processor: HuggingFaceProcessor): Partial<CreateProcessingJobRequest> {
  const { maxRuntimeInSeconds, networkConfig, tags } = processor
  return {
    ProcessingResources: {
      ClusterConfig: {
        InstanceCount: processor.instanceCount,
        InstanceType: processor.instanceType as never,
        VolumeSizeInGB: processor.volumeSizeInGb ?? 30,
        ...(processor.volumeKmsKey && { VolumeKmsKeyId: processor.volumeKmsKey }),
      },
    },
    ...(maxRuntimeInSeconds !== undefined && {
      StoppingCondition: { MaxRuntimeInSeconds: maxRuntimeInSeconds },
    }),
    ...(processor.env && { Environment: processor.env }),
    ...(networkConfig && { NetworkConfig: networkOf(networkConfig) }),
    ...(tags && { Tags: tagList(tags) }),
  }
}

function networkOf(network: NonNullable<HuggingFaceProcessor['networkConfig']>): NetworkConfig {
  return defined({
    EnableNetworkIsolation: network.enableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: network.encryptInterContainerTraffic,
    VpcConfig: filled(
      defined({ SecurityGroupIds: network.securityGroupIds, Subnets: network.subnets }),
    ) as NetworkConfig['VpcConfig'],
  })
}

function imageOf({ processor, session }: ProcessCallsOptions): string {
  const { imageUri, pyVersion = 'py36' } = processor
  return imageUri ?? trainingImageUri({ ...processor, pyVersion, region: session.region })
}

/** The uploads, the inputs that bring them into the container, and the script to start. */
function codeCalls(options: ProcessCallsOptions & { jobName: string }): {
  uploads: AwsCall[]
  inputs: ProcessingInput[]
  startScript: string
} {
  const { processor, run, session, jobName } = options
  if (run.code.startsWith('s3://')) {
    return {
      uploads: [],
      inputs: [codeInput('entrypoint', run.code)],
      startScript: basename(run.code),
    }
  }
  const location = codeLocation({ estimator: codeOwner(processor, run), jobName, session })
  const archive = location?.uri ?? run.sourceDir ?? ''
  checkArchive(archive)
  const start = archive.replace('sourcedir.tar.gz', 'runproc.sh')
  const packed: AwsCall = {
    service: 's3',
    op: 'PutObject',
    params: putObjectParams({ uri: archive, session, encryption: 'kms' }),
  }
  return {
    uploads: [...(location ? [packed] : []), startScriptCall({ ...options, uri: start })],
    inputs: [codeInput('code', archive), codeInput('entrypoint', start)],
    startScript: 'runproc.sh',
  }
}

/** The start script is encrypted with a key only when there is one, unlike the archive. */
function startScriptCall(options: ProcessCallsOptions & { uri: string }): AwsCall {
  const { processor, run, session, uri } = options
  const key = run.kmsKey ?? processor.outputKmsKey
  const encryption = key === undefined ? 'plain' : { kmsKey: key }
  const Body = processingScript({
    command: processor.command ?? ['python'],
    script: run.sourceDir === undefined ? basename(run.code) : run.code,
    codeartifactRepoArn: run.codeartifactRepoArn,
  })
  return {
    service: 's3',
    op: 'PutObject',
    params: { ...putObjectParams({ uri, session, encryption }), Body },
  }
}

function codeInput(name: 'code' | 'entrypoint', source: string): ProcessingInput {
  const destination = `${inputFolder}/${name}${name === 'code' ? '/' : ''}`
  return { inputName: name, source, destination }
}

/** Code is uploaded where an estimator with these arguments would upload it. */
function codeOwner(processor: HuggingFaceProcessor, run: ProcessingRun) {
  return {
    entryPoint: run.code,
    role: processor.role,
    ...(run.sourceDir !== undefined && { sourceDir: run.sourceDir }),
    ...(processor.codeLocation !== undefined && {
      codeLocation: processor.codeLocation.replace(/\/$/, ''),
    }),
  }
}

function checkArchive(uri: string): void {
  if (uri.includes('/sourcedir.tar.gz')) return
  throw new HoldfastError({
    code: 'E_CODE_URI',
    what: `the code ${uri} is not a sourcedir.tar.gz`,
    where: 'sourceDir',
    hint: 'name the archive sourcedir.tar.gz: the start script unpacks a file of that name',
  })
}
