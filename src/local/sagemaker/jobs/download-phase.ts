/** Downloading: an empty tree, the inputs, the checkpoints, the configuration files. */

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { unpackSource } from './archive'
import { completeCheckpoints } from './checkpoint-sync'
import { checkpointFolder, checkpointSyncOf, locate, treeOf, type EngineContext } from './context'
import { JobFailure, type JobRecord } from './job'
import { hyperparameter, processingRequestOf, trainingRequestOf } from './job-request'
import { containerRoot, emptyTree, writeProcessingConfig, writeTrainingConfig } from './job-tree'
import { downloadPrefix } from './s3-transfer'

export async function downloadInputs(options: {
  context: EngineContext
  job: JobRecord
  signal: AbortSignal
}): Promise<void> {
  if (options.job.runner === 'scripted') return
  await (options.job.kind === 'training' ? forTraining(options) : forProcessing(options))
}

/** The checkpoints that an attempt found, so that only its own count as progress. */
export function restoredFile(run: string): string {
  return join(run, 'restored.json')
}

async function forTraining(options: {
  context: EngineContext
  job: JobRecord
  signal: AbortSignal
}): Promise<void> {
  const { context, job, signal } = options
  const request = trainingRequestOf(job)
  const tree = treeOf(context, job)
  await emptyTree(tree)
  for (const channel of request.InputDataConfig) {
    const source = channel.DataSource?.S3DataSource
    const mode = channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode ?? 'File'
    if (source?.S3DataType !== 'S3Prefix' || mode === 'Pipe') {
      throw new JobFailure(
        `ClientError: sagemaker-local does not implement channel ${channel.ChannelName}: only S3Prefix in File or FastFile mode, not ${source?.S3DataType ?? 'a file system'} in ${mode} mode`,
      )
    }
    const to = join(tree.ml, 'input', 'data', channel.ChannelName)
    await mkdir(to, { recursive: true })
    await downloadPrefix({ s3: context.s3, from: locate(source.S3Uri), to, signal })
  }
  if (job.runner === 'built-in') await fetchSource(options)
  await writeTrainingConfig({
    tree,
    request,
    rewrite: (text) => context.optMl.rewrite({ tree, text }),
  })

  const checkpoints = checkpointFolder(context, job)
  await mkdir(checkpoints, { recursive: true })
  await checkpointSyncOf(context, job)?.restore(signal)
  const run = tree.run(job.attempt)
  await mkdir(run, { recursive: true })
  await writeFile(restoredFile(run), JSON.stringify(await completeCheckpoints(checkpoints)))
}

/** The toolkit fetches its source itself; for the built-in runner it is laid out beforehand. */
async function fetchSource(options: {
  context: EngineContext
  job: JobRecord
  signal: AbortSignal
}): Promise<void> {
  const { context, job, signal } = options
  const uri = hyperparameter(trainingRequestOf(job), 'sagemaker_submit_directory')
  if (typeof uri !== 'string') return
  const tree = treeOf(context, job)
  const folder = join(tree.ml, 'code')
  if (uri.startsWith(`${containerRoot}/`)) {
    await unpackSource({ file: tree.real(uri), folder })
    return
  }
  const { bucket, key } = locate(uri)
  const file = join(tree.folder, 'sourcedir.tar.gz')
  await context.s3.get({ bucket, key, file, signal })
  await unpackSource({ file, folder })
  await rm(file, { force: true })
}

async function forProcessing(options: {
  context: EngineContext
  job: JobRecord
  signal: AbortSignal
}): Promise<void> {
  const { context, job, signal } = options
  const request = processingRequestOf(job)
  const tree = treeOf(context, job)
  await emptyTree(tree)
  for (const { InputName, S3Input } of request.ProcessingInputs) {
    if (S3Input?.LocalPath === undefined || S3Input.S3DataType === 'ManifestFile') {
      throw new JobFailure(
        `ClientError: sagemaker-local does not implement processing input ${InputName}: only S3Input with an S3Prefix and a LocalPath`,
      )
    }
    const to = tree.real(S3Input.LocalPath)
    await mkdir(to, { recursive: true })
    await downloadPrefix({ s3: context.s3, from: locate(S3Input.S3Uri), to, signal })
  }
  for (const { S3Output } of request.ProcessingOutputConfig?.Outputs ?? []) {
    if (S3Output?.LocalPath !== undefined)
      await mkdir(tree.real(S3Output.LocalPath), { recursive: true })
  }
  await writeProcessingConfig({ tree, request })
  await mkdir(tree.run(job.attempt), { recursive: true })
}
