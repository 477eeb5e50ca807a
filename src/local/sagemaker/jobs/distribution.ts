/** How the processes of a distributed training find one another on this one machine. */

import { gpuCount } from './gpu-count'
import { gpuShare } from './gpu-share'
import { hostsOf, type Host } from './host'
import type { JobRecord } from './job'
import { hyperparameter, trainingRequestOf, type TrainingRequest } from './job-request'

/** Two processes are really several, and each takes a core and the memory of a model. */
const defaultProcesses = 2

const loopback = '127.0.0.1'

/** Both start one process per GPU; the service's image starts the second one by mpirun, we by torchrun. */
const launchedByTorchrun = ['torch_distributed', 'pytorch_ddp']

export function isEnabled(request: TrainingRequest, distribution: string): boolean {
  return hyperparameter(request, `sagemaker_${distribution}_enabled`) === true
}

export function usesTorchrun(request: TrainingRequest): boolean {
  return launchedByTorchrun.some((name) => isEnabled(request, name))
}

/** Whether several processes may have to meet, under torchrun or by what the script does itself. */
export function isDistributed(job: JobRecord): boolean {
  if (job.kind !== 'training') return false
  return hostsOf(job).length > 1 || usesTorchrun(trainingRequestOf(job))
}

/** The hosts that torchrun joins: those of the named groups; by default, of the host's own group. */
function peersOf(job: JobRecord, host: Host): Host[] {
  const named = hyperparameter(trainingRequestOf(job), 'sagemaker_distribution_instance_groups')
  const groups = Array.isArray(named) ? named : [host.group]
  return hostsOf(job).filter((peer) => groups.includes(peer.group))
}

/** As many processes as the instance type has GPUs, but no more than this machine is told to run. */
function processesOn(job: JobRecord, host: Host): number {
  const asked = Number(process.env.HOLDFAST_LOCAL_PROCESSES)
  const gpus = devicesOf(job, host).length
  const told = Number.isInteger(asked) && asked > 0 ? asked : gpus || defaultProcesses
  return Math.max(1, Math.min(gpuCount(host.instanceType), told, gpus || told))
}

function devicesOf(job: JobRecord, host: Host): string[] {
  const hosts = hostsOf(job)
  const index = hosts.findIndex(({ name }) => name === host.name)
  return gpuShare({ hosts: hosts.length, index })
}

/** The options of torchrun on this host; undefined where the script is started without it. */
export function torchrunOptions(job: JobRecord, host: Host): string[] | undefined {
  if (!usesTorchrun(trainingRequestOf(job))) return undefined
  const peers = peersOf(job, host)
  const rank = peers.findIndex(({ name }) => name === host.name)
  if (rank === -1) return undefined
  return [
    ['--nnodes', peers.length],
    // One number for all: torchrun's ranks are only right when each node has as many.
    ['--nproc_per_node', Math.min(...peers.map((peer) => processesOn(job, peer)))],
    ['--master_addr', loopback],
    ['--master_port', job.masterPort ?? 0],
    ['--node_rank', rank],
  ].flatMap((words) => words.map(String))
}

/** What a script, torchrun and gloo need to meet on the loopback interface, where no `algo-2` resolves. */
export function meetingEnvironment(job: JobRecord, host: Host): Record<string, string> {
  if (!isDistributed(job) || job.masterPort === undefined) return {}
  const port = String(job.masterPort)
  const gpus = devicesOf(job, host)
  const interfaceName = process.platform === 'darwin' ? 'lo0' : 'lo'
  return {
    MASTER_ADDR: loopback,
    MASTER_PORT: port,
    // Defaults of a torchrun that the script itself may start.
    PET_MASTER_ADDR: loopback,
    PET_MASTER_PORT: port,
    GLOO_SOCKET_IFNAME: interfaceName,
    NCCL_SOCKET_IFNAME: interfaceName,
    CUDA_VISIBLE_DEVICES: gpus.join(','),
    // Else a Trainer takes several processes without a GPU for as many trainings of one process.
    ...(gpus.length === 0 && { ACCELERATE_USE_CPU: 'true' }),
  }
}

/** Where this machine runs fewer processes than the instance type would. */
export function processNotice(job: JobRecord, host: Host): string | undefined {
  const options = torchrunOptions(job, host)
  if (!options) return undefined
  const here = Number(options[options.indexOf('--nproc_per_node') + 1])
  const there = Math.max(1, gpuCount(host.instanceType))
  return here === there
    ? undefined
    : `${host.instanceType} would run ${there} processes per host; here there are ${here} (HOLDFAST_LOCAL_PROCESSES)`
}
