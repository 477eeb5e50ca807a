/** What runs in the container: the command and its environment, for each runner and kind of job. */

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'

import { builtInLauncher } from './built-in-launcher'
import { JobFailure, type JobRecord } from './job'
import { processingRequestOf, trainingRequestOf } from './job-request'
import type { JobTree } from './job-tree'
import type { OptMl } from './opt-ml'

export interface JobCommand {
  command: string[]
  cwd: string
  env: Record<string, string>
}

/** The variables of the server's own environment that a container of ours also has; all else stays outside. */
const inherited =
  /^(HOME|USER|LANG|LC_\w+|TZ|TMPDIR|LD_LIBRARY_PATH|DYLD_\w+|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY|PIP_\w+|HF_\w+|TRANSFORMERS_\w+|CUDA_\w+|NVIDIA_\w+|AWS_ENDPOINT_URL(_\w+)?|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|OMP_NUM_THREADS|MKL_NUM_THREADS|TOKENIZERS_PARALLELISM)$/

/** The python with torch, and the toolkit's `train` beside it where it is installed. */
export function pythonTools(): { python: string; train: string; hasToolkit: boolean } {
  const python = process.env.HOLDFAST_PYTHON ?? 'python3'
  const train = join(dirname(python), 'train')
  return { python, train, hasToolkit: python.includes('/') && existsSync(train) }
}

export async function trainingCommand(options: {
  job: JobRecord
  tree: JobTree
  optMl: OptMl
  region: string
}): Promise<JobCommand> {
  const { job, tree, optMl, region } = options
  const request = trainingRequestOf(job)
  const rewrite = (text: string) => optMl.rewrite({ tree, text })
  const { python, train } = pythonTools()
  const env = {
    ...platformEnvironment({ region, requested: request.Environment, rewrite }),
    TRAINING_JOB_NAME: job.name,
    TRAINING_JOB_ARN: job.arn,
    SAGEMAKER_BASE_DIR: optMl.root(tree),
    // Or the toolkit waits up to 15 minutes for the name `algo-1` to resolve.
    SM_STUDIO_LOCAL_MODE: 'true',
  }
  const { ContainerEntrypoint: entrypoint, ContainerArguments: words = [] } =
    request.AlgorithmSpecification ?? {}
  let command: string[]
  if (entrypoint) {
    command = [...entrypoint, ...words].map((word, index) =>
      index === 0 ? resolvePython(word, python) : rewrite(word),
    )
  } else if (job.runner === 'toolkit') {
    command = [python, train]
  } else {
    const launcher = join(tree.run(job.attempt), 'launch.py')
    await writeFile(launcher, builtInLauncher)
    command = [python, launcher]
  }
  return { command: optMl.wrap({ tree, command }), cwd: tree.ml, env }
}

export function processingCommand(options: {
  job: JobRecord
  tree: JobTree
  optMl: OptMl
  region: string
}): JobCommand {
  const { job, tree, optMl, region } = options
  const request = processingRequestOf(job)
  const rewrite = (text: string) => optMl.rewrite({ tree, text })
  const words = [
    ...(request.AppSpecification?.ContainerEntrypoint ?? []),
    ...(request.AppSpecification?.ContainerArguments ?? []),
  ]
  if (words.length === 0) {
    throw new JobFailure(
      'ClientError: sagemaker-local has no image to take an entrypoint from: AppSpecification.ContainerEntrypoint is needed',
    )
  }
  const { python } = pythonTools()
  const command = words.map((word, index) =>
    rewrite(index === 0 ? resolvePython(word, python) : word),
  )
  const env = {
    ...platformEnvironment({ region, requested: request.Environment, rewrite }),
    PROCESSING_JOB_NAME: job.name,
    PROCESSING_JOB_ARN: job.arn,
  }
  return { command: optMl.wrap({ tree, command }), cwd: tree.ml, env }
}

function platformEnvironment(options: {
  region: string
  requested: Record<string, string>
  rewrite: (text: string) => string
}): Record<string, string> {
  const { region, requested, rewrite } = options
  const own = Object.entries(process.env).filter((entry): entry is [string, string] =>
    inherited.test(entry[0]),
  )
  const asked = Object.entries(requested).map(([name, value]): [string, string] => [
    name,
    rewrite(value),
  ])
  const { python } = pythonTools()
  const path = [
    ...(python.includes('/') ? [dirname(python)] : []),
    requested.PATH,
    process.env.PATH,
  ]
  return {
    ...Object.fromEntries(own),
    ...(process.env.AWS_ENDPOINT_URL_S3 === undefined
      ? {}
      : { S3_ENDPOINT_URL: process.env.AWS_ENDPOINT_URL_S3 }),
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    // As in the training images; without it, output would reach the log in blocks.
    PYTHONUNBUFFERED: 'TRUE',
    ...Object.fromEntries(asked),
    AWS_REGION: region,
    PATH: path.filter((part) => part !== undefined && part !== '').join(delimiter),
  }
}

/** `python3` of the image is the python that has torch here. */
function resolvePython(word: string, python: string): string {
  return /^python3?$/.test(basename(word)) ? python : word
}
