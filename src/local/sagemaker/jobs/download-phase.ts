/** Downloading: for each host an empty tree, the inputs, the checkpoints, the configuration files. */

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { unpackSource } from './archive'
import { channelObjects, shareOf } from './channel-objects'
import { completeCheckpoints } from './checkpoint-sync'
import { checkpointFolder, checkpointSyncOf, locate, treeOf, type EngineContext } from './context'
import { hostsOf, hostsOfChannel, type Host } from './host'
import { inParallel } from './in-parallel'
import { JobFailure, type JobRecord } from './job'
import { hyperparameter, processingRequestOf, trainingRequestOf } from './job-request'
import { containerRoot, emptyTree, writeProcessingConfig, writeTrainingConfig } from './job-tree'
import { downloadPrefix } from './s3-transfer'

export async function downloadInputs(options: Phase): Promise<void> {
  if (options.job.runner === 'scripted') return
  await (options.job.kind === 'training' ? forTraining(options) : forProcessing(options))
}

/** The checkpoints that an attempt found, so that only its own count as progress. */
export function restoredFile(run: string): string {
  return join(run, 'restored.json')
}

interface Phase {
  context: EngineContext
  job: JobRecord
  signal: AbortSignal
}

async function forTraining(options: Phase): Promise<void> {
  const { context, job } = options
  const hosts = hostsOf(job)
  for (const host of hosts) await emptyTree(treeOf(context, job, host.name))
  await fetchChannels(options)
  for (const host of hosts) await prepareHost({ ...options, host, hosts })
}

async function fetchChannels({ context, job, signal }: Phase): Promise<void> {
  const hosts = hostsOf(job)
  for (const channel of trainingRequestOf(job).InputDataConfig) {
    const objects = await channelObjects({ s3: context.s3, channel, signal })
    for (const host of hostsOfChannel(channel, hosts)) {
      const to = join(treeOf(context, job, host.name).ml, 'input', 'data', channel.ChannelName)
      await mkdir(to, { recursive: true })
      await inParallel({
        items: shareOf({ channel, objects, hosts, host }),
        width: 4,
        task: ({ bucket, key, name }) =>
          context.s3.get({ bucket, key, file: join(to, name), signal }),
      })
    }
  }
}

async function prepareHost(options: Phase & { host: Host; hosts: Host[] }): Promise<void> {
  const { context, job, signal, host, hosts } = options
  const tree = treeOf(context, job, host.name)
  if (job.runner === 'built-in') await fetchSource(options)
  await writeTrainingConfig({
    tree,
    request: trainingRequestOf(job),
    host,
    hosts,
    rewrite: (text) => context.optMl.rewrite({ tree, text }),
  })

  const checkpoints = checkpointFolder(context, job, host.name)
  await mkdir(checkpoints, { recursive: true })
  const run = tree.run(job.attempt)
  await mkdir(run, { recursive: true })
  await checkpointSyncOf(context, job, host.name)?.restore(signal)
  await writeFile(restoredFile(run), JSON.stringify(await completeCheckpoints([checkpoints])))
}

/** The toolkit fetches its source itself; for the built-in runner it is laid out beforehand. */
async function fetchSource(options: Phase & { host: Host }): Promise<void> {
  const { context, job, signal, host } = options
  const uri = hyperparameter(trainingRequestOf(job), 'sagemaker_submit_directory')
  if (typeof uri !== 'string') return
  const tree = treeOf(context, job, host.name)
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

async function forProcessing(options: Phase): Promise<void> {
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
