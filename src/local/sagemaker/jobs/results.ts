/** What a job leaves behind: artifacts in S3, and the reason when it failed. */

import { cp, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { packFolder } from './archive'
import { locate, treeOf, type EngineContext } from './context'
import { ignoreMissing } from './durable-file'
import { hostsOf } from './host'
import { failureReasonLimit, type JobRecord } from './job'
import { processingRequestOf, trainingRequestOf } from './job-request'
import type { JobTree } from './job-tree'
import { under } from './s3-uri'

/** Where the model goes, whether or not the script left one. */
export function modelUri(job: JobRecord): string | undefined {
  const path = trainingRequestOf(job).OutputDataConfig?.S3OutputPath
  return path === undefined
    ? undefined
    : `${path.replace(/\/+$/, '')}/${job.name}/output/model.tar.gz`
}

/**
 * model/ → model.tar.gz (unless the job failed), output/data → output.tar.gz; empty folders are skipped.
 * What several hosts left goes into the one archive.
 */
export async function uploadTrainingResults(options: {
  context: EngineContext
  job: JobRecord
  signal?: AbortSignal
  withModel: boolean
}): Promise<{ model: boolean }> {
  const { context, job, signal, withModel } = options
  const path = trainingRequestOf(job).OutputDataConfig?.S3OutputPath
  if (path === undefined || job.runner === 'scripted') return { model: withModel }
  const tree = treeOf(context, job)
  const upload = async (folder: string, name: string): Promise<boolean> => {
    const file = join(tree.folder, name)
    const all = await gather({ context, job, folder })
    if (!(await packFolder({ folder: all, file }))) return false
    const to = under(locate(path), `${job.name}/output/${name}`)
    await context.s3.put({ ...to, body: { file }, ...(signal ? { signal } : {}) })
    await rm(file, { force: true })
    return true
  }
  const model = withModel && (await upload('model', 'model.tar.gz'))
  await upload('output/data', 'output.tar.gz')
  return { model }
}

/**
 * SageMaker "aggregates the result" of all containers, which "should ensure no file/directory names clash"
 * (developer guide, How Amazon SageMaker AI Processes Training Output). Where they do, the first host's
 * file stays: the service says nothing of which one it keeps.
 */
async function gather(options: {
  context: EngineContext
  job: JobRecord
  folder: string
}): Promise<string> {
  const { context, job, folder } = options
  const [first, ...others] = hostsOf(job).map((host) =>
    join(treeOf(context, job, host.name).ml, folder),
  )
  for (const from of others)
    await cp(from, first ?? '', { recursive: true, force: false }).catch(ignoreMissing)
  return first ?? ''
}

/** Each output folder to its prefix, at the end of the job. */
export async function uploadProcessingOutputs(options: {
  context: EngineContext
  job: JobRecord
  signal: AbortSignal
}): Promise<void> {
  const { context, job, signal } = options
  if (job.runner === 'scripted') return
  const tree = treeOf(context, job)
  for (const { S3Output } of processingRequestOf(job).ProcessingOutputConfig?.Outputs ?? []) {
    if (S3Output?.LocalPath === undefined) continue
    const folder = tree.real(S3Output.LocalPath)
    const entries =
      (await readdir(folder, { withFileTypes: true, recursive: true }).catch(ignoreMissing)) ?? []
    for (const entry of entries) {
      if (!entry.isFile()) continue
      const file = join(entry.parentPath, entry.name)
      const to = under(locate(S3Output.S3Uri), file.slice(folder.length + 1))
      await context.s3.put({ ...to, body: { file }, signal })
    }
  }
}

/** `AlgorithmError: ...` with the head of output/failure (training) or output/message (processing). */
export async function algorithmError(options: {
  tree: JobTree
  job: JobRecord
  code: number
}): Promise<string> {
  const { tree, job, code } = options
  const said = await head(join(tree.ml, 'output', job.kind === 'training' ? 'failure' : 'message'))
  const end = `, exit code: ${code}`
  const text = said === undefined || said === '' ? 'See job logs for more information' : said
  return `AlgorithmError: ${text}`.slice(0, failureReasonLimit - end.length) + end
}

/** ExitMessage of a processing job: what it wrote to /opt/ml/output/message. */
export async function exitMessage(tree: JobTree): Promise<string | undefined> {
  return (await head(join(tree.ml, 'output', 'message'))) || undefined
}

/** The first 1024 characters; the file may be of any size. */
async function head(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r').catch(ignoreMissing)
  if (!handle) return undefined
  try {
    // Four bytes is the longest character of UTF-8.
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(failureReasonLimit * 4), 0)
    return buffer.subarray(0, bytesRead).toString('utf8').slice(0, failureReasonLimit).trim()
  } finally {
    await handle.close()
  }
}
