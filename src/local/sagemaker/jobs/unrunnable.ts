/** What the service accepts and this machine cannot run: refused at once, with the reason and a way. */

import { HoldfastError } from '../../../errors'
import { isEnabled } from './distribution'
import { hostsOf } from './host'
import { JobFailure, type JobRecord } from './job'
import { hyperparameter, trainingRequestOf, type TrainingRequest } from './job-request'

/** Each is a process with a torch of its own on one machine. */
const mostHosts = 8

interface Refusal {
  what: string
  hint: string
}

const elsewhere =
  'run the job on SageMaker itself, or use torch_distributed, which runs here with gloo'

/** The launchers that are not on this machine, by the part of their hyperparameter's name. */
const launchers: Record<string, string> = {
  distributed_dataparallel:
    "smdistributed.dataparallel is a library inside AWS's training images, licensed for AWS and bound to the GPUs and the network of its instances",
  mpi: 'MPI starts its processes with an mpirun of the image, over SSH between the containers, and neither is here',
  parameter_server:
    'a parameter server is started by the TensorFlow training image, and its launcher is not here',
  multi_worker_mirrored_strategy:
    'the multi-worker mirrored strategy is set up by the TensorFlow training image, and its launcher is not here',
  pytorch_xla_multi_worker: 'PyTorch/XLA is part of the Training Compiler image, and is not here',
}

/** Throws for a training job that would be accepted by the service and cannot be run here. */
export function refuseUnrunnable(job: JobRecord): void {
  const refusal = job.kind === 'training' ? refusalOf(job) : undefined
  if (refusal) throw new HoldfastError({ code: 'E_LOCAL_CANNOT_RUN', where: job.name, ...refusal })
}

function refusalOf(job: JobRecord): Refusal | undefined {
  const request = readable(job)
  if (!request) return undefined
  return (
    modelParallelRefusal(request) ??
    launcherRefusal(request) ??
    hostRefusal(hostsOf(job).length) ??
    channelRefusal(request)
  )
}

/** One that cannot be read is accepted, and fails with its faults. */
function readable(job: JobRecord): TrainingRequest | undefined {
  try {
    return trainingRequestOf(job)
  } catch (error) {
    if (error instanceof JobFailure) return undefined
    throw error
  }
}

function modelParallelRefusal(request: TrainingRequest): Refusal | undefined {
  const parameters = hyperparameter(request, 'mp_parameters')
  if (parameters === undefined || !isEnabled(request, 'mpi')) return undefined
  return {
    what: "sagemaker-local cannot run smdistributed.modelparallel: it is a library inside AWS's training images, licensed for AWS and bound to the GPUs of its instances",
    hint: elsewhere,
  }
}

function launcherRefusal(request: TrainingRequest): Refusal | undefined {
  const found = Object.entries(launchers).find(([name]) => isEnabled(request, name))
  return (
    found && { what: `sagemaker-local cannot run this distribution: ${found[1]}`, hint: elsewhere }
  )
}

function hostRefusal(count: number): Refusal | undefined {
  if (count <= mostHosts) return undefined
  return {
    what: `sagemaker-local runs at most ${mostHosts} instances of a job as processes of this machine, not ${count}`,
    hint: 'lower the instance count, or run the job on SageMaker itself',
  }
}

function channelRefusal(request: TrainingRequest): Refusal | undefined {
  for (const channel of request.InputDataConfig) {
    const mode = channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode ?? 'File'
    const type = channel.DataSource?.S3DataSource?.S3DataType
    const said = `sagemaker-local does not serve channel ${channel.ChannelName}`
    if (type === undefined)
      return {
        what: `${said}: there is no FSx or EFS file system to mount here`,
        hint: 'give the data as S3Prefix or ManifestFile',
      }
    if (mode === 'Pipe' || type === 'AugmentedManifestFile')
      return {
        what: `${said}: ${mode === 'Pipe' ? 'Pipe mode' : type} streams into named pipes, which are not imitated`,
        hint: 'use File or FastFile mode with S3Prefix or ManifestFile',
      }
  }
  return undefined
}
