/** What runs in the container: the command and its environment, for each runner and kind of job. */

import { existsSync } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import { devNull } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'

import { builtInLauncher } from './built-in-launcher'
import { meetingEnvironment, torchrunOptions } from './distribution'
import type { Host } from './host'
import { JobFailure, type JobRecord } from './job'
import { jobPythonFolder, makeJobPython } from './job-python'
import { processingRequestOf, trainingRequestOf } from './job-request'
import type { JobTree } from './job-tree'
import { pythonFacts } from './python-facts'
import type { OptMl } from './opt-ml'
import { toolkitTorchrun, toolkitTorchrunModule } from './toolkit-torchrun'

export interface JobCommand {
  command: string[]
  cwd: string
  env: Record<string, string>
}

/**
 * The variables of the server's own environment that a container of ours also has; all else stays outside.
 * Tokens do: on SageMaker a job has only those of its request. Of pip's, those that say where packages
 * come from, and none that say where they go.
 */
const inherited =
  /^(HOME|USER|LANG|LC_\w+|TZ|TMPDIR|LD_LIBRARY_PATH|DYLD_\w+|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY|PIP_(INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|TRUSTED_HOST|CERT|CONFIG_FILE|CACHE_DIR|DEFAULT_TIMEOUT|DISABLE_PIP_VERSION_CHECK)|HF_(?!\w*TOKEN)\w+|TRANSFORMERS_\w+|CUDA_\w+|NVIDIA_\w+|AWS_ENDPOINT_URL(_\w+)?|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|OMP_NUM_THREADS|MKL_NUM_THREADS|TOKENIZERS_PARALLELISM)$/

/** The python with torch, and the toolkit's `train` beside it where it is installed. */
export function pythonTools(): { python: string; train: string; hasToolkit: boolean } {
  const python = process.env.HOLDFAST_PYTHON ?? 'python3'
  const train = join(dirname(python), 'train')
  return { python, train, hasToolkit: python.includes('/') && existsSync(train) }
}

/** A password in an index's address is a token, too. */
const credentialed = /:\/\/[^/\s]*@/

export async function trainingCommand(options: {
  job: JobRecord
  host: Host
  tree: JobTree
  optMl: OptMl
  region: string
}): Promise<JobCommand> {
  const { job, host, tree, optMl, region } = options
  const request = trainingRequestOf(job)
  const rewrite = (text: string) => optMl.rewrite({ tree, text })
  const { train } = pythonTools()
  const python = await ownPython({ tree, optMl })
  const torchrun = torchrunOptions(job, host)
  const env = {
    ...platformEnvironment({ region, requested: request.Environment, rewrite, python }),
    ...meetingEnvironment(job, host),
    ...(torchrun && {
      HOLDFAST_TORCHRUN: torchrun.join(' '),
      SAGEMAKER_TRAINING_MODULE: `${toolkitTorchrunModule}:main`,
    }),
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
    // Beside the python that runs it, as in a container: its folder becomes part of PYTHONPATH.
    await copyFile(train, join(tree.ml, jobPythonFolder, 'bin', 'train'))
    if (torchrun) await installToolkitTorchrun(tree)
    command = [python, join(dirname(python), 'train')]
  } else {
    const launcher = join(tree.run(job.attempt), 'launch.py')
    await writeFile(launcher, builtInLauncher)
    command = [python, launcher]
  }
  return { command: optMl.wrap({ tree, command }), cwd: tree.ml, env }
}

async function installToolkitTorchrun(tree: JobTree): Promise<void> {
  const { version } = await pythonFacts(pythonTools().python)
  const site = join(tree.ml, jobPythonFolder, 'lib', `python${version}`, 'site-packages')
  await writeFile(join(site, `${toolkitTorchrunModule}.py`), toolkitTorchrun)
}

export async function processingCommand(options: {
  job: JobRecord
  tree: JobTree
  optMl: OptMl
  region: string
}): Promise<JobCommand> {
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
  const python = await ownPython({ tree, optMl })
  const command = words.map((word, index) =>
    rewrite(index === 0 ? resolvePython(word, python) : word),
  )
  const env = {
    ...platformEnvironment({ region, requested: request.Environment, rewrite, python }),
    PROCESSING_JOB_NAME: job.name,
    PROCESSING_JOB_ARN: job.arn,
  }
  return { command: optMl.wrap({ tree, command }), cwd: tree.ml, env }
}

/** Makes the job's python, and names it as the script sees it. */
async function ownPython(options: { tree: JobTree; optMl: OptMl }): Promise<string> {
  const { tree, optMl } = options
  await makeJobPython({ folder: join(tree.ml, jobPythonFolder), python: pythonTools().python })
  return join(optMl.root(tree), jobPythonFolder, 'bin', 'python')
}

/** What every container of ours has, with what its request asks for on top. */
export function platformEnvironment(options: {
  region: string
  requested: Record<string, string>
  rewrite: (text: string) => string
  /** The job's own, as the script sees it. */
  python: string
}): Record<string, string> {
  const { region, requested, rewrite, python } = options
  const own = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      inherited.test(entry[0]) &&
      !(entry[0].startsWith('PIP_') && credentialed.test(entry[1] ?? '')),
  )
  const asked = Object.entries(requested).map(([name, value]): [string, string] => [
    name,
    rewrite(value),
  ])
  const shared = pythonTools().python
  const path = [
    dirname(python),
    ...(shared.includes('/') ? [dirname(shared)] : []),
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
    // The token file in HOME stays outside as well.
    HF_TOKEN_PATH: devNull,
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
